from django.urls import path

from imagesearch import views

app_name = "imagesearch"
urlpatterns = [
    path("search/image/", views.search, name="search"),
    path("p/<article:article_id>/like/", views.like, name="like"),
]
