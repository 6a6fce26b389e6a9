"""From *Connect* in the PIM to the first sync of everything, and what is in between."""

import re
import threading
from contextlib import contextmanager

import pytest
from django.db import connections
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.schedules import TASK
from connections.models import Connection
from tests.browser.walks.pim_pages import enable_catalog, map_catalog, press_in_pim

PAGE_ASKS = 10_000  # ms between two looks whether the catalog is enabled


@pytest.fixture
def arrive(new_world, open_tab):
    """Julia presses a button in the PIM, in a browser that nobody has used."""

    def arrive(button):
        tab = open_tab(elsewhere=new_world.url)
        tab.page.clock.install()
        press_in_pim(tab, new_world, button, "julia")
        return tab

    return arrive


@contextmanager
def working(world):
    """A worker, beside the people."""

    def work():
        try:
            world.work()
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        worker.join()


def schedule_is_on():
    return PeriodicTask.objects.filter(enabled=True, task=TASK).exists()


def test_from_the_first_visit_to_the_first_sync(new_world, arrive):
    tab = arrive("Connect")
    assert tab.heading == "Welcome to Ferry"

    # A channel, which is tried before it is stored.
    tab.press("Create a channel")
    tab.press("HTTP")
    tab.page.get_by_label("Name", exact=True).fill("Shop")
    tab.page.get_by_label("Endpoint", exact=True).fill(f"{new_world.url}/shop/ingest")
    tab.page.get_by_label("Batch size").fill("10")
    tab.page.get_by_role("button", name="Check", exact=True).click()
    tab.page.locator("#check .message.success").wait_for()
    tab.press("Create the channel")

    # A catalog, which is configured in the PIM; the page here notices.
    tab.page.get_by_label("Name", exact=True).fill("Web shop")
    tab.press("Create the catalog")
    assert tab.heading == "Configure “Web shop” in Akeneo"
    in_pim = tab.press_into_pim("Configure in Akeneo")
    map_catalog(in_pim)
    enable_catalog(in_pim)
    in_pim.close()
    tab.page.clock.fast_forward(PAGE_ASKS)
    tab.page.get_by_text("Nothing is sent.").wait_for()
    new_world.connection, new_world.catalog = Connection.objects.get(), Catalog.objects.get()

    # A look, which ends by itself.
    new_world.work()
    tab.page.get_by_role("heading", name="As they will stand on Shop").wait_for()
    total = len(new_world.listed())
    assert f"Products in the catalog {total}".lower() in tab.text.lower()
    assert new_world.on_shop() == set()

    # Whoever leaves goes on where it was, from the PIM.
    tab.page.close()
    tab = arrive("Open app")
    assert "Next step: Web shop" in tab.text
    tab.press("Go on setting up")
    assert tab.heading == "What Shop will get"

    # Ten of them.
    tab.press("Next: send the first 10")
    tab.press("Send these 10")
    new_world.work()
    tab.page.get_by_text("They are sent.").wait_for()
    assert len(new_world.on_shop()) == 10
    assert not schedule_is_on()

    # All of them, while the page tells how far it is.
    tab.press(f"Next: send all {total}")
    tab.press(f"Send all {total}")
    second_batch = new_world.between.holding("/shop/ingest", after=1, answered=True)
    with second_batch as held, working(new_world):
        held.wait()
        tab.page.locator(".strip").get_by_text(re.compile(r"\d+ of \d+ products")).wait_for()
        assert not schedule_is_on()
        held.release()
    tab.page.get_by_role("heading", name="“Web shop” is set up").wait_for()

    assert new_world.on_shop() == new_world.listed()
    assert new_world.again().is_started
    assert schedule_is_on()
