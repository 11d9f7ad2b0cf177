from django.urls import path

from wishlist import views

app_name = "wishlist"
urlpatterns = [
    path("not-for-me", views.hide, name="hide"),
    path("saved/", views.saved_articles, name="saved"),
    path("saved/change", views.save, name="save"),
]
