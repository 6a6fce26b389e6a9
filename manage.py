#!/usr/bin/env python
"""Ferry's commands: `python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "akeneo_app.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # what to set, and to what: a traceback would hide it
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
