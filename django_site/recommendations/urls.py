from django.urls import path

from recommendations import views

app_name = "recommendations"
urlpatterns = [
    path("", views.home, name="home"),
    path("visit/", views.visit, name="visit"),
    path("visit/row", views.visit_row, name="visit-row"),
]
