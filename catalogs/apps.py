from django.apps import AppConfig


class CatalogsConfig(AppConfig):
    name = "catalogs"
    verbose_name = "Channels and catalogs"

    def ready(self) -> None:
        from catalogs import receivers  # noqa: F401  (listens to the signals of connections)
