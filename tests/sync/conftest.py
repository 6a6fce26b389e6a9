"""Small pages, time that passes without waiting, and a feed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from catalogs.channels import create_channel
from pim.client import PAGE_SIZES
from tests.models_world import models

__all__ = ["feed", "models", "passing_time", "small_pages"]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten products a page, so that a small PIM has several."""
    for kind in PAGE_SIZES:
        monkeypatch.setitem(PAGE_SIZES, kind, 10)


class PassingTime:
    """A sleep that lets time pass without waiting, for everything in this process."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self.slept = 0.0

    def __call__(self, seconds: float) -> None:
        self.slept += seconds
        self._traveller.shift(seconds)


@pytest.fixture
def passing_time(settings: Any) -> Iterator[PassingTime]:
    settings.REDIS_URL = ""  # whose clock nobody moves
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield PassingTime(traveller)


@pytest.fixture
def feed(world: Any, tmp_path: Path) -> Any:
    """A channel with one catalog, whose feed was written and looks for reports beside it."""
    world.folder = tmp_path / "feeds"
    world.channel = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(world.folder), "refusals": "beside"},
        by_staff=True,
    )
    world.catalog = world.add_catalog("Feed", raw=False, channel=world.channel)
    world.sync()
    return world
