from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("bag/", views.bag, name="bag"),
    path("bag/add", views.add_to_bag, name="add"),
    path("bag/change", views.change_bag, name="change"),
    path("bag/checkout/", views.checkout, name="checkout"),
    path("bag/orders/<slug:number>/", views.guest_order, name="guest-order"),
    path("account/orders/", views.orders, name="orders"),
    path("account/orders/<slug:number>/", views.order, name="order"),
]
