from django.apps import AppConfig


class ImageSearchConfig(AppConfig):
    name = "imagesearch"
