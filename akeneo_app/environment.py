"""What a variable of the environment must be, said in a sentence that names it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

# What can stand behind "Bearer" (RFC 6750), and is too long to be guessed.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")
_ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")


@contextmanager
def usable(variable: str, hint: str) -> Iterator[None]:
    """Raise ImproperlyConfigured for what goes wrong within; never with the variable's value.

    Nor is the error chained: it may quote the value, and that may be a password.
    """
    try:
        yield
    except OSError as error:
        raise ImproperlyConfigured(
            f"{variable} cannot be used ({error.strerror}). {hint}"
        ) from None
    except (ImproperlyConfigured, ValueError):
        raise ImproperlyConfigured(f"{variable} cannot be used. {hint}") from None


def is_token(text: str) -> bool:
    """Whether a program can be asked for this as a bearer token, and nobody will guess it."""
    return _TOKEN.fullmatch(text) is not None


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for this database. Raises ValueError for what is not one of ours."""
    # Asked first, since environ prints a URL of an unknown kind in full.
    scheme, separator, _ = url.partition("://")
    if not separator or Env.DB_SCHEMES.get(scheme) not in _ENGINES:
        raise ValueError("neither SQLite nor PostgreSQL")
    config: dict[str, Any] = Env.db_url_config(url)
    return config
