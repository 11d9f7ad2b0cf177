from django.urls import path

from events import views

app_name = "events"
urlpatterns = [
    path("events/click", views.click, name="click"),
    path("staff/experiment/", views.experiment, name="experiment"),
]
