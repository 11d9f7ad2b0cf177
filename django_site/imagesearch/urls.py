from django.urls import path

from imagesearch import views

app_name = "imagesearch"
urlpatterns = [
    path("search/image/", views.search, name="search"),
    path("p/<slug:article_id>/like/", views.like, name="like"),
]
