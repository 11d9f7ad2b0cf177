from django.apps import AppConfig


class MerchandisingConfig(AppConfig):
    name = "merchandising"

    def ready(self) -> None:
        from merchandising import signals  # noqa: F401  connects them
