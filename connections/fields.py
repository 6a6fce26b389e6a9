"""Secrets in the database: encrypted with the first of ENCRYPTION_KEYS, readable with any.

A secret is decrypted when somebody asks for it, not when its row is loaded: a row whose key was
lost can still be shown, and be given a new secret.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from outbound.errors import ConfigurationError
from outbound.sentences import Sentence


class SecretsUnusable(ConfigurationError, ImproperlyConfigured):
    """ENCRYPTION_KEYS does not let a secret be read or stored; staff must act."""


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise SecretsUnusable(
            Sentence(
                "ENCRYPTION_KEYS is not set, so no token and no password can be stored or read. "
                "Ask the staff who run this app to set it."
            )
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise SecretsUnusable(
            Sentence(
                "ENCRYPTION_KEYS holds something that is not a Fernet key, so no token and no "
                "password can be stored or read. Ask the staff who run this app to correct it."
            )
        ) from None


def _current() -> MultiFernet:
    return _fernet(tuple(settings.ENCRYPTION_KEYS))


def encrypted_anew(ciphertext: str) -> str | None:
    """Return it encrypted with the newest key, None if it is so already.

    Raises SecretsUnusable when its key is gone.
    """
    keys = tuple(settings.ENCRYPTION_KEYS)
    _fernet(keys)
    try:
        Fernet(keys[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        pass
    else:
        return None
    try:
        return _current().rotate(ciphertext.encode()).decode()
    except InvalidToken:
        raise SecretsUnusable("A stored secret was encrypted with a key that is gone.") from None


class _Ciphertext(str):
    """What lies in the database, and was not asked for yet."""


class _Decrypting(DeferredAttribute):
    """Decrypts the value when it is first asked for."""

    field: "EncryptedTextField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, _Ciphertext):
            value = instance.__dict__[self.field.attname] = self.field.decrypt(value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text that only the app can read. An empty text is stored empty.

    Asking for it raises SecretsUnusable when it was written with a key that is gone: losing a key
    must be noticed, not read as "no secret".
    """

    descriptor_class = _Decrypting
    as_stored = _Ciphertext  # marks a value that is encrypted already

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return _Ciphertext(value or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Leave a secret that nobody asked for as it lies: its key may not be at hand."""
        value = model_instance.__dict__.get(self.attname)
        return value if isinstance(value, _Ciphertext) else super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, _Ciphertext):
            return str(value)
        text = self.to_text(value)
        return _current().encrypt(text.encode()).decode() if text else ""

    def decrypt(self, value: str) -> Any:
        if not value:
            return self.from_text("")
        try:
            return self.from_text(_current().decrypt(value.encode()).decode())
        except InvalidToken:
            raise SecretsUnusable(
                Sentence(
                    "A stored secret was encrypted with a key that is not among ENCRYPTION_KEYS. "
                    "The staff who run this app can put the earlier key back, after the newest "
                    "one; if it is lost, the secret has to be entered, or the PIM connected, once "
                    "more."
                ),
                detail=f"{self.model.__name__}.{self.name}",
            ) from None

    def to_text(self, value: Any) -> str:
        return str(value) if value else ""

    def from_text(self, text: str) -> Any:
        return text


class EncryptedJSONField(EncryptedTextField):
    """A small JSON object of strings, encrypted as a whole."""

    # What the type checker is told of values set and read.
    _pyi_private_set_type: dict[str, str]  # type: ignore[assignment]  # not text here
    _pyi_private_get_type: dict[str, str]  # type: ignore[assignment]  # not text here

    def to_text(self, value: Any) -> str:
        return json.dumps(value) if value else ""

    def from_text(self, text: str) -> Any:
        return json.loads(text) if text else {}
