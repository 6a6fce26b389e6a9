"""A channel's own fields: read from the channel, or written down by people.

What is stored here is sent to the PIM by `catalogs.mapping`, afterwards and outside of the
transaction.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
from django.db import transaction
from django.utils.translation import gettext

from catalogs.channels import adapter_for, listening_to, refuse_while_removing
from catalogs.models import Channel
from channels.field_types import field_type, shape_of
from channels.own_fields import (
    WARN_ABOVE,
    Refreshed,
    check_code,
    check_number,
    refreshed,
)
from channels.registry import adapter_class
from channels.targets import Target, as_json
from channels.templates import TEMPLATES
from connections import audit
from connections.audit import Action
from connections.languages import translated
from outbound.errors import ConfigurationError, OutboundError

TITLE_LENGTH = 100
DESCRIPTION_LENGTH = 500


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a new channel told: how many fields of its own, and what a person should know."""

    number: int = 0
    remark: str = ""


def reads_fields(channel: Channel) -> bool:
    """Whether the channel itself tells its fields."""
    return adapter_class(channel.kind).own_fields == "read"


def first_look(channel: Channel) -> FirstLook:
    """Ask a channel that was just created for its own fields, and store them.

    Whatever it answers, the channel is there: what went wrong is a remark. Call it outside of any
    transaction. Fields that somebody else stored meanwhile stay.
    """
    if not reads_fields(channel):
        return FirstLook()
    try:
        found = look_at_fields(channel)
        store_refreshed(channel, found, seen=channel.targets)
    except OutboundError as error:
        return FirstLook(
            remark=gettext(
                "Its own fields could not be read: %(reason)s The channel is there all the same. "
                "Refresh its fields before you map products."
            )
            % {"reason": translated(error.message)}
        )
    return FirstLook(len(found.fields), warning_about_number(channel, found.fields))


def look_at_fields(channel: Channel) -> Refreshed:
    """Ask the channel for its fields and compare them with what is stored. Stores nothing.

    Raises ChannelError.
    """
    with listening_to(channel):
        read = adapter_for(channel).read_fields()
    return refreshed(adapter_class(channel.kind).targets, channel.targets, read)


def digest_of(found: Refreshed) -> str:
    """Return a digest of what somebody saw, to tell whether it is still so."""
    seen = [as_json(found.fields), [as_json(pair) for pair in found.retyped]]
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()


def store_refreshed(channel: Channel, found: Refreshed, *, seen: Sequence[Target]) -> bool:
    """Store what a look at the channel found. False if the fields are not those `seen` any more."""

    def change(stored: list[Target]) -> list[Target]:
        if stored != list(seen):
            raise _ChangedMeanwhile
        return list(found.fields)

    try:
        _store(channel, change)
    except _ChangedMeanwhile:
        return False
    return True


def add_field(
    channel: Channel, *, code: str, type: str, title: str, description: str, required: bool
) -> Target:
    """Write down one more field. Raises ConfigurationError with what is wrong about it."""
    target = field_type(type).target(code.strip(), *_texts(title, description), required=required)

    def change(stored: list[Target]) -> list[Target]:
        of_kind = [one.code for one in adapter_class(channel.kind).targets]
        check_code(target.code, [*of_kind, *(one.code for one in stored)])
        return [*stored, target]

    _store(channel, change)
    return target


def add_template(channel: Channel, code: str) -> tuple[list[Target], list[Target]]:
    """Write down the fields of a template that are not there yet.

    Return those that were added, and those that are there with another type and stay so.
    """
    added: list[Target] = []
    other: list[Target] = []

    def change(stored: list[Target]) -> list[Target]:
        known = {one.code: one for one in (*stored, *adapter_class(channel.kind).targets)}
        wanted = TEMPLATES[code].targets
        added[:] = [one for one in wanted if one.code not in known]
        other[:] = [
            one
            for one in wanted
            if one.code in known and shape_of(known[one.code]) != shape_of(one)
        ]
        return [*stored, *added]

    _store(channel, change)
    return added, other


def describe_field(
    channel: Channel, code: str, *, title: str, description: str, required: bool
) -> None:
    """Change what may be changed about a field. Raises ConfigurationError."""
    title, description = _texts(title, description)
    _change_one(
        channel,
        code,
        lambda one: replace(one, title=title, description=description, required=required),
    )


def set_gone(channel: Channel, code: str, is_gone: bool) -> None:
    """Say that the channel has a field no more, or again: it stays, for the sake of the mapping."""
    _change_one(channel, code, lambda one: replace(one, is_gone=is_gone))


def warning_about_number(channel: Channel, fields: Sequence[Target] | None = None) -> str:
    """Return a sentence for more fields than is comfortable in the PIM, or "".

    `fields`: its own, if they are not those that are stored.
    """
    own = channel.targets if fields is None else fields
    number = len(adapter_class(channel.kind).all_targets(own))
    if number <= WARN_ABOVE:
        return ""
    return gettext(
        "With %(number)s fields the mapping screen in Akeneo becomes slow: it is made for up to "
        "%(most)s."
    ) % {"number": number, "most": WARN_ABOVE}


class _ChangedMeanwhile(Exception):
    """The stored fields are not those that somebody saw."""


def _change_one(channel: Channel, code: str, change: Callable[[Target], Target]) -> None:
    def change_all(stored: list[Target]) -> list[Target]:
        if all(one.code != code for one in stored):
            said = gettext("The channel has no field “%(code)s” of its own.")
            raise ConfigurationError(said % {"code": code})
        return [change(one) if one.code == code else one for one in stored]

    _store(channel, change_all)


@transaction.atomic
def _store(channel: Channel, change: Callable[[list[Target]], list[Target]]) -> None:
    """Store what `change` makes of the fields as they are now, and who changed them."""
    refuse_while_removing(channel)
    stored = list(Channel.objects.get(pk=channel.pk).targets)
    fields = change(stored)
    if fields == stored:
        return
    check_number(len(adapter_class(channel.kind).all_targets(fields)))
    # Not `updated_at`: a channel whose settings changed has its feed written anew.
    channel.fields = as_json(fields)
    channel.save(update_fields=["fields"])
    before = {one.code: one for one in stored}
    changed = [one.code for one in fields if before.get(one.code) != one]
    audit.record(Action.CHANNEL_CHANGED, channel.connection, channel.name, fields=sorted(changed))


def _texts(title: str, description: str) -> tuple[str, str]:
    title, description = " ".join(title.split()), " ".join(description.split())
    if not title:
        raise ConfigurationError(gettext("A field needs a title: people see it in Akeneo."))
    return title[:TITLE_LENGTH], description[:DESCRIPTION_LENGTH]
