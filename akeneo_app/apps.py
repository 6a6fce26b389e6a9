from django.apps import AppConfig


class AkeneoAppConfig(AppConfig):
    name = "akeneo_app"
    verbose_name = "Ferry"

    def ready(self) -> None:
        from akeneo_app import checks  # noqa: F401  (registers the system checks)
