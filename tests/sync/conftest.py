"""Small pages, and time that passes without waiting."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from pim.client import PAGE_SIZES
from tests.models_world import models

__all__ = ["models", "passing_time", "small_pages"]


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
