"""Events of a sandbox PIM, switched on or about to be."""

from typing import Any

import pytest

from sandbox.state import CLIENT_ID
from sync.events import calling, listeners
from sync.models import EventSubscription
from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here
from tests.sync.events.telling import Told
from tests.world import World


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """Of other tests, whose rows had the same numbers."""
    listeners._known.clear()
    calling._quiet_until.clear()


@pytest.fixture
def told(world: World, settings: Any) -> Told:
    settings.EVENT_PLATFORM_URL = f"{world.url}/event-platform/api/v1"
    settings.PIM_ALLOW_INSECURE = True
    settings.BASE_URL, settings.HTTPS = "http://127.0.0.1:9", False
    world.pim.events.allow(CLIENT_ID, True)
    return Told(world)


@pytest.fixture
def events(told: Told) -> EventSubscription:
    """Switched on."""
    return told.switch_on()
