"""The page of what a dry run would change, and its downloads."""

import json

import pytest
from django.urls import reverse

from sync.models import Difference, Run
from sync.models.batches import Action
from tests.factories import make_run
from tests.pages.conftest import messages_of, text_of


@pytest.fixture
def run(catalog):
    return make_run(catalog, dry_run=True, changed=1, leaving=1)


@pytest.fixture
def path(run):
    return reverse("pages:difference", args=[run.uuid])


def make_difference(run, number=1, **values):
    defaults = {
        "key": f"00000000-0000-4000-8000-{number:012}",
        "label": f"Product {number}",
        "identifier": f"SKU-{number}",
        "action": Action.PUSH,
        "fields": [["name", '"Shoe"', '"Boot"']],
    }
    return Difference.objects.create(run=run, **{**defaults, **values})


def test_the_run_leads_to_it(browser, run, path):
    page = browser.see(run.get_absolute_url())

    assert page.main.find("a", href=path)


def test_it_names_targets_and_shortens_values(browser, run, path):
    make_difference(run, fields=[["name", '"Shoe"', json.dumps("x" * 500)], ["odd.one", None, "1"]])
    make_difference(run, 2, action=Action.WITHDRAW, fields=[])

    page = browser.see(path)

    cells = [[text_of(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert cells[0][:2] == ["Name", "Shoe"]
    assert len(cells[0][2]) == 200
    assert cells[1] == ["odd.one", "–", "1"]
    assert "It would be taken off Web shop." in text_of(page)


def test_of_many_fields_it_says_how_many_more(browser, run, path):
    make_difference(run, fields=[[f"field{number}", None, "1"] for number in range(23)])

    assert "And 3 more fields, in the download." in text_of(browser.see(path))


def test_one_finds_a_product_and_pages_through_what_was_found(browser, run, path):
    for number in range(1, 26):
        make_difference(run, number, label=f"Shoe {number}")
    make_difference(run, 99, label="Boot")

    page = browser.see(f"{path}?q=shoe")
    second = browser.see(path + page.select_one(".pager a")["href"])
    by_key = browser.see(f"{path}?q=00000000-0000-4000-8000-000000000099")

    assert len(page.select("h2")) == 20
    assert len(second.select("h2")) == 5
    assert [text_of(title) for title in by_key.select("h2")] == ["Boot SKU-99"]
    assert "No product of the difference is called" in text_of(browser.see(f"{path}?q=%00nothing"))


def test_it_costs_the_same_however_much_differs(browser, run, path, django_assert_num_queries):
    for number in range(1, 30):
        make_difference(run, number)
    browser.see(path)

    with django_assert_num_queries(7):
        browser.see(path)


@pytest.mark.parametrize(("suffix", "kind"), [("csv", "text/csv"), ("jsonl", "application/jsonl")])
def test_the_download_has_whole_values(browser, run, suffix, kind):
    make_difference(run, fields=[["name", None, json.dumps("x" * 500)]])

    response = browser.get(reverse("pages:difference_file", args=[run.uuid, suffix]))

    assert response.streaming
    assert response["Content-Type"] == kind
    assert f'filename="difference-{run.pk}.{suffix}"' in response["Content-Disposition"]
    assert "x" * 500 in b"".join(response.streaming_content).decode()


def test_a_second_download_at_the_same_time_is_asked_to_wait(browser, run, path):
    make_difference(run)
    address = reverse("pages:difference_file", args=[run.uuid, "csv"])
    slow = browser.get(address)

    second = browser.get(address, follow=True)

    assert second.redirect_chain == [(path, 302)]
    assert "Another file is being downloaded" in messages_of(second)[0]
    assert slow.getvalue()
    assert browser.get(address).streaming


def test_there_is_no_other_format_and_no_difference_of_a_real_run(browser, run, catalog):
    real = make_run(catalog)

    for address in (
        reverse("pages:difference_file", args=[run.uuid, "xml"]),
        reverse("pages:difference_file", args=[real.uuid, "csv"]),
        reverse("pages:difference", args=[real.uuid]),
    ):
        assert browser.get(address).status_code == 404


def test_a_trial_is_started_from_the_catalog_once(browser, catalog):
    page = browser.see(catalog.get_absolute_url())
    trial = reverse("pages:trial", args=[catalog.uuid])

    first, second = browser.post(trial), browser.post(trial)

    run = Run.objects.get()
    assert page.main.find("form", action=trial)
    assert (run.dry_run, run.mode, run.started_by) == (True, "full", "Mary Smith")
    assert first.url == second.url == run.get_absolute_url()
