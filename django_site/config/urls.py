from django.urls import include, path

from api.views import api

urlpatterns = [
    path("", include("recommendations.urls")),
    path("", include("catalog.urls")),
    path("account/", include("accounts.urls")),
    path("", include("orders.urls")),
    path("api/v1/", api.urls),
    path("", include("ops.urls")),
]
