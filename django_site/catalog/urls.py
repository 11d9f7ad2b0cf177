from django.urls import path, re_path

from catalog import image_views, views
from catalog.images.photos import MAX_PHOTOS

app_name = "catalog"
urlpatterns = [
    path("c/", views.everything, name="everything"),
    path("c/<slug:slug>/", views.collection, name="collection"),
    path("c/<slug:group_slug>/<slug:slug>/", views.department, name="department"),
    path("p/<slug:article_id>/", views.product, name="product"),
    re_path(r"^img/(?P<article_id>[0-9A-Za-z]{1,20})\.jpg$", image_views.image, name="image"),
    re_path(
        rf"^img/(?P<article_id>[0-9A-Za-z]{{1,20}})_(?P<number>[2-{MAX_PHOTOS}])\.jpg$",
        image_views.image,
        name="further-image",
    ),
    path("img/placeholder/<slug:group>/<slug:colour>.svg", image_views.placeholder, name="placeholder"),
]
