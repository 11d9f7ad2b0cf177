from django.contrib import admin
from django.urls import path

from merchandising import views

staff = admin.site.admin_view
"""Whoever is not signed in as staff goes to the admin's sign-in; the views ask for permissions of their own."""

app_name = "merchandising"
urlpatterns = [
    path("articles/", staff(views.articles), name="articles"),
    path("articles/<article:article_id>/", staff(views.article), name="article"),
    path("rules/", staff(views.rules), name="rules"),
    path("what-if/", staff(views.what_if), name="what-if"),
    path("what-if/<slug:name>/", staff(views.what_if_answer), name="what-if-answer"),
]
