from django.urls import include, path

urlpatterns = [
    path("", include("recommendations.urls")),
    path("", include("catalog.urls")),
    path("account/", include("accounts.urls")),
    path("", include("orders.urls")),
    path("", include("ops.urls")),
]
