from django.urls import path

from information import views

app_name = "information"
urlpatterns = [path(f"{page.value}/", views.page, {"page": page}, name=page.value) for page in views.Page]
