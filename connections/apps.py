from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
    verbose_name = "Connections to PIMs"

    def ready(self) -> None:
        from connections import receivers  # noqa: F401  (listens to staff signing in)
