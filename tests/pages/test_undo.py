"""Undoing a run on its page: asked first, with the numbers in view; for managers."""

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.models import PimUser
from sync.models import Listing, Run
from tests.factories import make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import browser_of, messages_of, text_of
from tests.staff import make_change

Status = Listing.Status


@pytest.fixture
def run(catalog):
    """It replaced two products, sent one first, withdrew one; one was sent anew since."""
    run = make_run(catalog, pushed=4, withdrawn=1)
    documents = [make_document() for _ in range(3)]
    for before, after, now in [
        *[(documents[0], documents[1], documents[1])] * 2,
        (None, documents[1], documents[1]),
        (documents[0], None, None),
        (documents[0], documents[1], documents[2]),
    ]:
        listing = make_listing(catalog, wanted=now, sent=now, status=Status.LISTED)
        make_change(listing, run=run, before=before, after=after)
    return run


@pytest.fixture
def path(run):
    return reverse("pages:undo", args=[run.uuid])


def test_the_run_leads_managers_to_it(browser, connection, run, path):
    editor = browser_of(make_pim_user(connection, role=PimUser.Role.EDITOR))

    assert browser.see(run.get_absolute_url()).main.find("a", href=path)
    assert not editor.see(run.get_absolute_url()).main.find("a", href=path)


def test_it_asks_with_the_numbers_in_view(browser, path):
    page = browser.see(path)

    assert "4 products on Web shop go back" in text_of(page)
    assert [text_of(item) for item in page.select(".story li")] == [
        "2 products get their earlier content.",
        "1 product is taken off: this run sent it for the first time.",
        "1 product comes back: this run withdrew it.",
        "1 product stays as it is: something newer was sent or read since, or what was there "
        "before is not known.",
    ]
    assert not Run.objects.live().exists()


def test_confirmed_it_starts_the_run_that_undoes(browser, run, path):
    response = browser.post(path)

    undoing = Run.objects.live().get()
    assert (undoing.mode, undoing.undoes, undoing.started_by) == ("undo", run, "Mary Smith")
    assert response.url == undoing.get_absolute_url()
    Run.objects.filter(pk=undoing.pk).update(status=Run.Status.SUCCEEDED, changed=4)
    assert "4 products were put back" in text_of(browser.see(response.url))
    assert "This run was undone" in text_of(browser.see(run.get_absolute_url()))


def test_while_another_run_is_under_way_it_leads_there(browser, catalog, path):
    busy = make_run(catalog, status=Run.Status.RUNNING)

    response = browser.post(path)

    assert response.url == busy.get_absolute_url()
    assert not Run.objects.filter(mode=Run.Mode.UNDO).exists()


@pytest.mark.parametrize("nothing", ["changed", "left"])
def test_when_nothing_can_go_back_there_is_no_button(browser, run, path, nothing):
    if nothing == "changed":
        Run.objects.update(pushed=0, withdrawn=0)
    else:
        Listing.objects.update(wanted=make_document())

    page = browser.see(path)
    response = browser.post(path, follow=True)

    assert "Nothing to undo" in text_of(page.h1)
    assert not page.main.find("form")
    assert len(messages_of(response)) == 1
    assert not Run.objects.live().exists()


@pytest.fixture
def set_aside(catalog):
    document = make_document()
    return make_listing(catalog, wanted=document, sent=document, set_aside="d" * 64)


def take_path(listing):
    return reverse("pages:take_pims_version", args=[listing.uuid])


def test_the_product_says_so_and_a_manager_takes_the_pims_version_again(browser, set_aside):
    page = browser.see(reverse("pages:product", args=[set_aside.key]))

    response = browser.post(page.main.find("form", action=take_path(set_aside))["action"])

    run = Run.objects.get()
    assert "A manager set aside what Akeneo says now" in text_of(page)
    assert (run.mode, run.keys) == (Run.Mode.PRODUCT, [set_aside.key])
    assert response.url == run.get_absolute_url()
    assert Listing.objects.get().set_aside == ""


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("counts", "counts already"),
        ("archived", "Nothing is sent for “Web shop products” at present."),
        ("busy", "A run is under way. Try again when it has ended."),
    ],
)
def test_when_it_cannot_be_taken_it_says_why(browser, catalog, set_aside, why, says):
    if why == "counts":
        Listing.objects.update(set_aside="")
    elif why == "archived":
        catalog.archived_at = timezone.now()
        catalog.save()
    else:
        make_run(catalog, status=Run.Status.RUNNING)

    response = browser.post(take_path(set_aside), follow=True)

    assert says in messages_of(response)[0]
    assert not Run.objects.filter(mode=Run.Mode.PRODUCT).exists()
