import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from tests.factories import make_catalog
from tests.pages.conftest import API, messages_of, page_of, text_of


def to(name, thing):
    return reverse(f"pages:{name}", args=[thing.uuid])


@pytest.fixture
def catalog(catalog):
    apply_schedule(catalog)
    return catalog


def answer_rename(pim, catalog, status=200):
    address = f"{API}/catalogs/{catalog.pim_catalog_id}"
    body = {"id": catalog.pim_catalog_id, "name": catalog.name, "enabled": True}
    pim.get(address, json=body)
    return pim.patch(address, json=body if status == 200 else None, status=status)


def is_scheduled(catalog):
    return PeriodicTask.objects.get(name__contains=str(catalog.uuid)).enabled


def test_the_schedule_is_changed_without_asking_the_pim(browser, catalog, pim):
    values = {"name": catalog.name, "every": "360"}

    response = browser.post(to("catalog_settings", catalog), values)

    catalog.refresh_from_db()
    assert response.url == catalog.get_absolute_url()
    assert catalog.every == 360
    assert not pim.calls


def test_it_may_sync_only_when_somebody_asks(browser, catalog):
    browser.post(to("catalog_settings", catalog), {"name": catalog.name, "every": ""})

    catalog.refresh_from_db()
    assert catalog.every is None
    assert "Only when somebody asks" in text_of(browser.see(catalog.get_absolute_url()))


def test_an_interval_that_a_command_set_is_offered_as_well(browser, channel):
    catalog = make_catalog(channel, every=45)

    page = browser.see(to("catalog_settings", catalog))

    assert page.find("option", selected=True).string == "Every 45 minutes"


def test_it_is_renamed_here_and_in_the_pim(browser, catalog, pim):
    renamed = answer_rename(pim, catalog)

    browser.post(to("catalog_settings", catalog), {"name": "Winter", "every": "30"})

    catalog.refresh_from_db()
    assert catalog.name == "Winter"
    assert b'"Winter"' in renamed.calls[0].request.body


def test_a_refused_name_is_told_at_its_field_and_nothing_changes(browser, catalog, pim):
    answer_rename(pim, catalog, status=403)

    response = browser.post(to("catalog_settings", catalog), {"name": "Winter", "every": "60"})

    catalog.refresh_from_db()
    assert response.status_code == 422
    assert "does not allow" in text_of(page_of(response).find(id="id_name_error"))
    assert (catalog.name, catalog.every) == ("Web shop products", 30)


def test_pause_and_resume_switch_the_schedule(browser, catalog):
    browser.post(to("pause", catalog), {"reason": "Stocktaking"})
    paused = is_scheduled(catalog)
    page = browser.see(to("catalog_settings", catalog))
    response = browser.post(to("resume", catalog), follow=True)

    assert not paused
    assert page.find("button", string="Resume")
    assert is_scheduled(catalog)
    assert messages_of(response)[-1] == "“Web shop products” goes on. Its schedule is on again."


def test_archive_and_restore_put_it_aside_and_take_it_back(browser, catalog):
    response = browser.post(to("archive", catalog), follow=True)
    archived = Catalog.objects.get().archived_at
    browser.post(to("restore", catalog))

    assert archived
    assert "Nothing is carried any more" in text_of(page_of(response))
    assert page_of(response).select_one(".primary").string == "Restore"
    assert Catalog.objects.get().archived_at is None
    assert is_scheduled(catalog)


def test_a_catalog_being_removed_has_nothing_to_set(browser, channel):
    catalog = make_catalog(channel, removing_since=timezone.now())

    page = browser.see(catalog.get_absolute_url())

    assert not page.find("a", href=to("catalog_settings", catalog))
