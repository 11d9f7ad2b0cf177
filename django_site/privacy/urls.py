from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.page, name="page"),
    path("statistics", views.choose, name="choose"),
]
