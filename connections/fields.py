"""Secrets in the database: encrypted with the first of ENCRYPTION_KEYS, readable with any."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("ENCRYPTION_KEYS is not set: secrets cannot be stored.")
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _fernet(tuple(settings.ENCRYPTION_KEYS))


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text that only the app can read. An empty text is stored empty.

    Raises ImproperlyConfigured when a stored value was written with a key that is gone: losing
    a key must be noticed, not read as "no secret".
    """

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return ""
        return _current().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        if not value:
            return ""
        try:
            return _current().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} was encrypted with a key that is not among "
                "ENCRYPTION_KEYS. Put the earlier key back, after the newest one."
            ) from None


class EncryptedJSONField(EncryptedTextField):
    """A small JSON object of strings, encrypted as a whole."""

    # What the type checker is told of values set and read.
    _pyi_private_set_type: dict[str, str]  # type: ignore[assignment]  # not text here
    _pyi_private_get_type: dict[str, str]  # type: ignore[assignment]  # not text here

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value) if value else "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}
