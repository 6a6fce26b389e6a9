"""Creating in the PIM the attributes that steer translations, where that was granted."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from connections import audit
from connections.abilities import CREATING_ATTRIBUTES, ENRICHMENT, is_granted
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.enriching import may_write
from connections.models import Connection
from enrichment.structure import Structure
from enrichment.translations.by_attributes import defining
from enrichment.translations.by_attributes.checking import Checked, check
from enrichment.translations.by_attributes.steering import GROUP, Steering
from outbound.errors import ConfigurationError
from pim.structure import codes_of
from pim.writing import MAX_LINES, LineAnswer, Writing

_ATTRIBUTES = CREATING_ATTRIBUTES[0]
_OPTIONS = next(one for one in ENRICHMENT if one.code == "write_options")


def may_create(connection: Connection) -> bool:
    """Whether people allowed it here, and the PIM granted it."""
    return (
        may_write(connection)
        and connection.may_create_attributes
        and is_granted(_ATTRIBUTES, connection)
        and is_granted(_OPTIONS, connection)
    )


def create_missing(connection: Connection, steering: Steering) -> list[str]:
    """Create what the PIM lacks, and change nothing that it has; return what it refused, in words.

    Again creates no second one. Raises ConfigurationError where it is not allowed, and what the
    client raises: what was created until then stays.
    """
    if not may_create(connection):
        raise ConfigurationError(
            _("Ferry may not create attributes in this PIM. Let it, or create them there by hand.")
        )
    with noticing_loss(connection):
        client = client_for(connection, patient=False)
        structure = Structure(client)
        lacking = [one for one in check(structure, steering) if _is_creatable(one)]
        locales = structure.locales
        has_group = GROUP in codes_of(client, "attribute-groups")
        refused = list(_create(client.writing(), lacking, locales, has_group=has_group))
    with transaction.atomic():
        created = sorted(one.code for one in lacking)
        audit.record(Action.SOURCE_CHANGED, connection, connection.host, attributes=created)
    return refused


def _is_creatable(one: Checked) -> bool:
    """Whether something of it can be added; one of another type is left alone."""
    return not one.exists or bool(one.missing_options)


def _create(
    writing: Writing, lacking: Sequence[Checked], locales: frozenset[str], *, has_group: bool
) -> Iterator[str]:
    new = [one for one in lacking if not one.exists]
    if new and not has_group:
        yield from _refused(GROUP, writing.save_attribute_groups([defining.group(locales)]))
    if new:
        answers = writing.save_attributes([defining.attribute(one, locales) for one in new])
        yield from (said for answer in answers for said in _refused(answer.key, [answer]))
    for one in lacking:
        for start in range(0, len(one.missing_options), MAX_LINES):
            codes = one.missing_options[start : start + MAX_LINES]
            answers = writing.save_options(one.code, [{"code": code} for code in codes])
            yield from _refused(one.code, answers)


def _refused(name: str, answers: Sequence[LineAnswer]) -> Iterator[str]:
    for answer in answers:
        if not answer.is_written:
            yield f"{name}: {answer.words}"
