"""The web entry point: `gunicorn akeneo_app.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "akeneo_app.settings")

application = get_wsgi_application()
