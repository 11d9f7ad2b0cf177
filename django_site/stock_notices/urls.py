from django.urls import path

from stock_notices import views

app_name = "stock_notices"
urlpatterns = [
    path("p/<article:article_id>/notice", views.ask, name="ask"),
    path("notices/withdraw/", views.withdraw, name="withdraw"),
]
