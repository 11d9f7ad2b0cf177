from django.urls import path, re_path

from catalog import picture_views, views

app_name = "catalog"
urlpatterns = [
    path("c/", views.everything, name="everything"),
    path("c/<slug:slug>/", views.collection, name="collection"),
    path("c/<slug:group_slug>/<slug:slug>/", views.department, name="department"),
    path("p/<slug:article_id>/", views.product, name="product"),
    path("search", views.search, name="search"),
    path("search/suggestions", views.suggestions, name="suggestions"),
    re_path(r"^img/(?P<article_id>[0-9A-Za-z]{1,20})\.jpg$", picture_views.picture, name="picture"),
    path("img/placeholder/<slug:group>/<slug:colour>.svg", picture_views.placeholder, name="placeholder"),
]
