from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class SyncConfig(AppConfig):
    name = "sync"
    verbose_name = "Sync"

    def ready(self) -> None:
        from sync import receivers, tallying  # noqa: F401  (receivers: listen to the connections)

        pre_migrate.connect(tallying.make_way, sender=self, dispatch_uid="sync.tally")
        post_migrate.connect(tallying.install, sender=self, dispatch_uid="sync.tally")
