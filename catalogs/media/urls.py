"""Where files of PIMs are served from."""

from django.urls import path

from catalogs.media.views import serve

urlpatterns = [path("<str:signature>/<str:digest>/<str:name>", serve, name="media")]
