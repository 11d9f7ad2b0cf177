from django.urls import path

from recommendations import views

app_name = "recommendations"
urlpatterns = [
    path("", views.home, name="home"),
    path("session/", views.session, name="session"),
    path("session/row", views.session_row, name="session-row"),
]
