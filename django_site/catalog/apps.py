from django.apps import AppConfig
from django.urls import register_converter


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        from catalog.converters import ArticleIdConverter, ImageNumberConverter

        register_converter(ArticleIdConverter, "article")
        register_converter(ImageNumberConverter, "image")
