from django.apps import AppConfig


class StockNoticesConfig(AppConfig):
    name = "stock_notices"
