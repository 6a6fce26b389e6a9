"""What is said of a product in the PIM: how it stands on the channel, as its listing tells."""

import html
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogs.models import Channel
from channels.registry import adapter_class
from pim.attributes import PimAttribute
from sync.models import Listing

LIVE, WAITING, REFUSED = STATUSES = ("live", "waiting", "refused")

_Status = Listing.Status
_SAYS = {
    _Status.LISTED: LIVE,
    _Status.KEPT: LIVE,
    _Status.WAITING: WAITING,
    _Status.IN_FLIGHT: WAITING,
    _Status.HELD: WAITING,
    _Status.PARKED: REFUSED,
}  # the others are not on the channel, or shown to nobody there
TEXT, TEXTAREA = "pim_catalog_text", "pim_catalog_textarea"
_LONGEST = {TEXT: 255, TEXTAREA: 65_535}  # that the PIM takes


@dataclass(frozen=True, slots=True)
class Said:
    """How a product stands; None for what there is nothing to say about. `since`: the status."""

    status: str | None
    since: datetime | None
    address: str | None
    problem: str | None


def said_of(listing: Listing, channel: Channel) -> Said:
    status = _SAYS.get(_Status(listing.status))
    if status is None:
        return Said(None, None, None, None)
    since = listing.sent_at if status == LIVE else None
    address = ""
    if listing.sent_id is not None:
        address = adapter_class(channel.kind).address_of(channel.settings, listing.external_id)
    return Said(status, since or listing.updated_at, address or None, listing.problem or None)


def value_for(what: str, said: Said, attribute: PimAttribute, channel: Channel) -> Any:
    """Return what the PIM is to hold of it, in the PIM's form. A text that is too long is cut."""
    if what == "date":
        zone = channel.connection.zone
        return said.since.astimezone(zone).date().isoformat() if said.since else None
    value: str | None = getattr(said, what)
    if value is None or attribute.type not in _LONGEST:
        return value
    if attribute.wysiwyg_enabled:
        value = html.escape(value, quote=False)
    if attribute.type == TEXT:
        value = " ".join(value.split())
    longest = min(attribute.max_characters or _LONGEST[attribute.type], _LONGEST[attribute.type])
    if len(value) <= longest:
        return value
    return None if what == "address" else value[: longest - 1] + "…"
