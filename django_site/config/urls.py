from django.contrib import admin
from django.urls import include, path

from api.views import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("recommendations.urls")),
    path("", include("catalog.urls")),
    path("", include("search.urls")),
    path("", include("imagesearch.urls")),
    path("", include("information.urls")),
    path("", include("stock_notices.urls")),
    path("account/", include("account_pages.urls")),
    path("account/", include("wishlist.urls")),
    path("", include("orders.urls")),
    path("", include("events.urls")),
    path("staff/", include("merchandising.urls")),
    path("staff/", admin.site.urls),
    path("privacy/", include("privacy.urls")),
    path("", include("health.urls")),
    path("", include("crawlers.urls")),
]
