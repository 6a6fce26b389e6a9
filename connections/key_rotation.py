"""Encrypt every stored secret anew, with the first of ENCRYPTION_KEYS."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction

from connections import audit
from connections.audit import Action
from connections.fields import EncryptedTextField, SecretsUnusable, encrypted_anew

_SLICE = 500


@dataclass(slots=True)
class Rotation:
    """What came of it. `lost`: rows whose key is gone, as model, id and field."""

    rotated: int = 0
    lost: list[str] = field(default_factory=list)


def rotate_keys() -> Rotation:
    """Encrypt anew what was encrypted with any key that is known. Running it again is harmless.

    Row by row and only where the secret is still the one that was read, so that one that somebody
    replaces meanwhile stays. Raises SecretsUnusable if there are no usable keys at all.
    """
    done = Rotation()
    for model, name in encrypted_fields():
        for pk, ciphertext in _stored(model, name):
            try:
                anew = encrypted_anew(ciphertext)
            except SecretsUnusable:
                done.lost.append(f"{model.__name__} {pk}: {name}")
                continue
            if anew is not None:
                done.rotated += _replace(model, name, pk, ciphertext, anew)
    with transaction.atomic():
        audit.record(Action.KEYS_ROTATED, None, rotated=done.rotated, lost=len(done.lost))
    return done


def encrypted_fields() -> list[tuple[type[models.Model], str]]:
    """Return every field of every model that holds secrets."""
    return [
        (model, one.attname)
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        if isinstance(one, EncryptedTextField)
    ]


def _stored(model: type[models.Model], name: str) -> Iterator[tuple[int, str]]:
    """Yield id and ciphertext of the rows that have a secret, in slices."""
    last = 0
    rows = model._default_manager.exclude(**{name: ""}).order_by("pk")
    while True:
        page = list(rows.filter(pk__gt=last).values_list("pk", name)[:_SLICE])
        if not page:
            return
        for pk, ciphertext in page:
            yield pk, str(ciphertext)
        last = page[-1][0]


def _replace(model: type[models.Model], name: str, pk: int, before: str, anew: str) -> int:
    """Write it as it is, past the field, which would encrypt it once more."""
    raw = EncryptedTextField.as_stored
    row = model._default_manager.filter(pk=pk, **{name: raw(before)})
    return row.update(**{name: raw(anew)})
