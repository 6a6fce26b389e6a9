"""Every address of the app."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from akeneo_app.health import healthz
from akeneo_app.metrics import metrics

urlpatterns = [
    path("admin/", admin.site.urls),
    path("language", set_language, name="set_language"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("media/", include("catalogs.media.urls")),
    path("oauth/", include("connections.urls")),
    path("webhooks/", include("sync.events.urls")),
    path("", include("pages.urls")),
]
