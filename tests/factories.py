"""Rows for tests: plain functions, every value can be overridden, nothing random but identity."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from catalogs.models import Catalog, Channel
from connections.abilities import wanted_scopes
from connections.models import Circuit, Connection, PimUser
from enrichment.models import Offer, Proposal, TranslationOrder
from enrichment.values import digest
from sync.documents import read_document
from sync.models import Document, Listing, Run

_numbers = itertools.count(1)


def make_connection(**values: Any) -> Connection:
    number = next(_numbers)
    defaults = {
        "pim_url": f"https://pim{number}.cloud.akeneo.com",
        "state": Connection.State.CONNECTED,
        "token": f"token-{number}",
        "scopes": sorted(wanted_scopes() - {"email", "profile"}),
    }
    return Connection.objects.create(**{**defaults, **values})


def make_enriched_connection(**values: Any) -> Connection:
    """One into which values may be written: somebody switched it on, and the PIM granted it."""
    connection = make_connection(enriched_since=timezone.now(), **values)
    if "scopes" not in values:
        connection.scopes = sorted(wanted_scopes(connection) - {"email", "profile"})
        connection.save(update_fields=["scopes"])
    return connection


def make_pim_user(connection: Connection | None = None, **values: Any) -> PimUser:
    connection = connection or make_connection()
    defaults = {
        "iss": connection.pim_url,
        "sub": str(uuid4()),
        "firstname": "Mary",
        "lastname": "Smith",
        "role": PimUser.Role.MANAGER,
    }
    return PimUser.objects.create(connection=connection, **{**defaults, **values})


def make_channel(connection: Connection | None = None, **values: Any) -> Channel:
    defaults: dict[str, Any] = {
        "name": "Web shop",
        "kind": "http",
        "settings": {"endpoint": "https://shop.example.com/products", "batch_size": "100"},
    }
    return Channel.objects.create(
        connection=connection or make_connection(), **{**defaults, **values}
    )


def make_circuit(connection: Connection, channel: Channel | None = None, **values: Any) -> Circuit:
    now = timezone.now()
    defaults = {
        "channel": str(channel.uuid) if channel else "",
        "name": channel.name if channel else connection.host,
        "problem": "It could not be reached.",
        "failures": Circuit.OPEN_AFTER,
        "failing_since": now - timedelta(minutes=8),
        "retry_at": now + timedelta(minutes=1),
    }
    return Circuit.objects.create(connection=connection, **{**defaults, **values})


def make_catalog(channel: Channel | None = None, **values: Any) -> Catalog:
    defaults: dict[str, Any] = {
        "name": f"Catalog {next(_numbers)}",
        "pim_catalog_id": str(uuid4()),
        "pim_state": Catalog.PimState.ENABLED,
    }
    return Catalog.objects.create(channel=channel or make_channel(), **{**defaults, **values})


def make_document(text: str = "") -> Document:
    """A document whose content is the text; the same text is the same document."""
    body = f'{{"name":"{text or next(_numbers)}"}}'
    digest = read_document("", body.encode()).digest
    return Document.objects.get_or_create(digest=digest, defaults={"body": body})[0]


def make_listing(catalog: Catalog | None = None, **values: Any) -> Listing:
    catalog = catalog or make_catalog()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "key": str(UUID(int=number)),
        "identifier": f"SKU-{number}",
        "label": f"Product {number}",
    }
    return Listing.objects.create(
        catalog=catalog, channel=catalog.channel, **{**defaults, **values}
    )


def make_run(catalog: Catalog | None = None, **values: Any) -> Run:
    defaults: dict[str, Any] = {
        "mode": Run.Mode.FULL,
        "trigger": Run.Trigger.SCHEDULE,
        "status": Run.Status.SUCCEEDED,
    }
    return Run.objects.create(catalog=catalog or make_catalog(), **{**defaults, **values})


def make_offer(connection: Connection | None = None, **values: Any) -> Offer:
    defaults: dict[str, Any] = {"kind": Offer.Kind.VALUES, "name": "prices.csv"}
    return Offer.objects.create(
        connection=connection or make_connection(), **{**defaults, **values}
    )


def make_order(connection: Connection | None = None, **values: Any) -> TranslationOrder:
    """English texts wanted in French, in a file, which is being made."""
    defaults: dict[str, Any] = {
        "kind": TranslationOrder.Kind.FILE,
        "source_locale": "en_US",
        "target_locale": "fr_FR",
        "only": "all",
        "digest": f"{next(_numbers):032}",
    }
    return TranslationOrder.objects.create(
        connection=connection or make_connection(), **{**defaults, **values}
    )


def make_proposal(offer: Offer | None = None, **values: Any) -> Proposal:
    """A text offered for a product, in place of another."""
    offer = offer or make_offer()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "subject": Proposal.Subject.PRODUCT,
        "key": str(UUID(int=number)),
        "identifier": f"SKU-{number}",
        "attribute": "name",
        "locale": "en_US",
        "type": "pim_catalog_text",
        "value": f"New name {number}",
        "before": f"Old name {number}",
    }
    row = {**defaults, **values}
    place = row["type"] or row["attribute"]
    row.setdefault("value_digest", digest(row["value"], place))
    row.setdefault("before_digest", digest(row["before"], place))
    return Proposal.objects.create(offer=offer, connection=offer.connection, **row)
