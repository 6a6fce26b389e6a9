"""Stop a run from its page: editors may, after a confirmation; again it does no harm."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import PimUser
from sync.models import Run
from tests.factories import make_pim_user, make_run
from tests.pages.conftest import browser_of, messages_of, page_of, text_of


def stop(run):
    return reverse("pages:stop_run", args=[run.uuid])


@pytest.fixture
def run(catalog):
    """A run that a living process works on."""
    return make_run(
        catalog, status=Run.Status.RUNNING, owner="elsewhere|1|1|x", heartbeat_at=timezone.now()
    )


@pytest.fixture
def editor(connection):
    return browser_of(make_pim_user(connection, role=PimUser.Role.EDITOR, firstname="Ed"))


def test_a_live_run_leads_to_the_question(editor, run):
    link = editor.see(run.get_absolute_url()).find(id="stop-run")

    page = editor.see(link["href"])

    run.refresh_from_db()
    assert text_of(page.h1) == "Stop this run of Web shop products?"
    assert text_of(page.select_one(".primary")) == "Stop this run"
    assert page.main.find("a", string="Let it go on")["href"] == run.get_absolute_url()
    assert run.stop_asked_at is None


def test_it_ends_at_its_next_step_and_its_page_says_so(editor, run):
    response = editor.post(stop(run), follow=True)

    run.refresh_from_db()
    page = page_of(response)
    assert messages_of(response) == ["The run is being stopped."]
    assert run.stop_asked_by.startswith("Ed")
    assert "stops it: it ends at its next step" in text_of(page)
    assert not page.find(id="stop-run")


def test_a_run_that_nobody_works_on_ends_at_once(editor, catalog):
    run = make_run(catalog, status=Run.Status.QUEUED)

    response = editor.post(stop(run), follow=True)

    run.refresh_from_db()
    assert messages_of(response) == ["The run was stopped."]
    assert run.status == Run.Status.STOPPED
    assert run.problem.startswith("It was stopped by Ed")


def test_a_second_click_changes_nothing(editor, run, browser):
    editor.post(stop(run))
    first = Run.objects.get()

    response = browser.post(stop(run), follow=True)

    assert messages_of(response) == ["The run is being stopped."]
    again = Run.objects.get()
    assert (again.stop_asked_at, again.stop_asked_by) == (first.stop_asked_at, first.stop_asked_by)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_run_that_has_ended_stays_as_it_is(editor, catalog, method):
    run = make_run(catalog, status=Run.Status.SUCCEEDED, finished_at=timezone.now())

    response = getattr(editor, method)(stop(run), follow=True)

    run.refresh_from_db()
    assert messages_of(response) == ["This run has ended already."]
    assert (run.status, run.stop_asked_at) == (Run.Status.SUCCEEDED, None)
    assert not page_of(response).find(id="stop-run")


def test_a_viewer_is_told_who_may(connection, run):
    viewer = browser_of(make_pim_user(connection, role=PimUser.Role.VIEWER))

    page = viewer.see(run.get_absolute_url())
    response = viewer.post(stop(run))

    run.refresh_from_db()
    assert not page.find(id="stop-run")
    assert "a run is stopped by editors and managers" in text_of(page)
    assert (response.status_code, run.stop_asked_at) == (403, None)


def test_a_run_that_takes_a_catalog_away_is_decided_about_anew(browser, run):
    Catalog.objects.update(removing_since=timezone.now())

    page = browser.see(run.get_absolute_url())
    response = browser.post(stop(run), follow=True)

    assert not page.find(id="stop-run")
    assert page.main.find("a", href=reverse("pages:delete_catalog", args=[run.catalog.uuid]))
    assert "Decide anew" in messages_of(response)[0]


@pytest.mark.parametrize("phase", [Run.Phase.READING, Run.Phase.PUSHING])
def test_a_run_that_somebody_stopped_needs_nobody(browser, catalog, phase):
    run = make_run(
        catalog,
        status=Run.Status.STOPPED,
        phase=phase,
        problem="It was stopped by Ed.",
        finished_at=timezone.now(),
        stop_asked_at=timezone.now(),
        stop_asked_by="Ed",
    )

    page = browser.see(run.get_absolute_url())
    home = browser.see(reverse("pages:home"))

    assert "It was stopped by Ed." in text_of(page)
    assert not page.select(".panel.bad")
    assert page.select_one("main .primary")["id"] == "back"
    assert "It was stopped by Ed." in text_of(home)
    assert "This needs you" not in text_of(home)
