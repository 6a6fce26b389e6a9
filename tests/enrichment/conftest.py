"""A PIM that lets the app write, and offers to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.clients import client_for
from connections.enriching import switch_on
from enrichment import ownership
from enrichment.batches import identifier_of
from enrichment.candidates import Candidate
from enrichment.judging import judge
from enrichment.models import Offer, Proposal, Source
from enrichment.offers import begin, end_reading, record
from enrichment.undoing import begin_undo, read_undo
from enrichment.values import Place, current
from enrichment.working import work_on
from pim.finding import FoundProduct, products_by_uuid
from tests.enrichment.offering import Offering
from tests.world import World


class Enrichment:
    """A world whose app may write, and what an offer of a few values needs."""

    def __init__(self, world: World, queue: Any) -> None:
        self.world, self.queue = world, queue
        self.pim = world.pim
        self.connection = world.connection
        app = next(iter(world.pim.apps.values()))
        switch_on(self.connection, may_create_attributes=True)
        scopes = set(wanted_scopes(self.connection))
        self.connection.token = world.pim.set_scopes(app, scopes)
        self.connection.scopes = sorted(scopes)
        self.connection.enriched_since = timezone.now()
        self.connection.save()
        products = map(world.pim.assortment.product, sorted(world.listed()))
        self.all = sorted(world.listed())
        self.uuids = [one.uuid for one in products if one.parent is None]  # with names of their own
        self.client = client_for(self.connection)
        self.identifier = identifier_of(self.client)

    def found(self, uuid: str, *attributes: str) -> FoundProduct:
        [product] = products_by_uuid(
            self.client, self.identifier, [uuid], attributes=attributes
        ).values()
        return product

    def holds(self, uuid: str, place: Place) -> Any:
        """What the PIM holds there, asked over its API."""
        return current(self.found(uuid, *([place.attribute] if place.type else [])), place)

    def candidate(self, uuid: str, place: Place, value: Any) -> Candidate:
        product = self.found(uuid, *([place.attribute] if place.type else []))
        return Candidate(
            Proposal.Subject.PRODUCT,
            uuid,
            product.identifier or "",
            place,
            value,
            current(product, place),
        )

    def offer(self, *candidates: Candidate, approved: bool = True) -> Offer:
        offer = begin(self.connection, Offer.Kind.VALUES, "prices.csv")
        by = "Mary" if approved else ""
        record(offer, judge(self.connection, candidates), approved_by=by)
        end_reading(offer, read=len(candidates), unchanged=0, invalid=0)
        return offer

    def write(self, offer: Offer) -> Offer:
        """What a worker does with an offer that is to be written."""
        assert ownership.claim(offer)
        return self.work(offer)

    def undo(self, offer: Offer) -> Offer:
        """What a worker reads once somebody takes the offer back."""
        undoing = begin_undo(offer, by="Mary")
        assert undoing is not None
        assert ownership.claim(undoing)
        read_undo(undoing)
        return undoing

    def work(self, offer: Offer) -> Offer:
        return work_on(offer, sleep=self.world.sleep)


@pytest.fixture
def enrichment(world: World, queue: Any) -> Enrichment:
    return Enrichment(world, queue)


@pytest.fixture
def states() -> Callable[[Offer], list[str]]:
    return lambda offer: list(offer.proposals.values_list("state", flat=True))


@pytest.fixture
def offering(enrichment: Enrichment, tmp_path: Path) -> Offering:
    return Offering(enrichment.world, tmp_path)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder of the machine that sources may be looked for in."""
    folder = tmp_path / "erp"
    folder.mkdir()
    settings.ENRICHMENT_FOLDERS = [str(folder)]
    return folder


@pytest.fixture
def source(enrichment: Enrichment, folder: Path) -> Source:
    """A source of values in the folder that is due; nobody needs to approve what it offers."""
    return Source.objects.create(
        connection=enrichment.connection,
        kind="values",
        name="ERP",
        location=str(folder),
        every=60,
        approved=["*"],
        next_look_at=timezone.now(),
    )
