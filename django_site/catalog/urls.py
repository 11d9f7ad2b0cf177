from django.urls import path

from catalog import image_views, views

app_name = "catalog"
urlpatterns = [
    path("c/", views.everything, name="everything"),
    path("c/<slug:slug>/", views.collection, name="collection"),
    path("c/<slug:group_slug>/<slug:slug>/", views.department, name="department"),
    path("p/<article:article_id>/", views.product, name="product"),
    path("img/<article:article_id>.jpg", image_views.image, name="image"),
    path("img/<article:article_id>_<image:number>.jpg", image_views.image, name="further-image"),
    path("img/placeholder/<slug:group>/<slug:colour>.svg", image_views.placeholder, name="placeholder"),
]
