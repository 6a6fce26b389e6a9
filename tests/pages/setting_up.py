"""Catalogs that people are setting up, at each of the steps."""

from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from sync.models import Look, Run
from tests.factories import make_run
from tests.pages.conftest import text_of

Mode = Run.Mode


def enable(catalog):
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.ENABLED)


def make_look(catalog, number=10, **values):
    """What a look found: the catalog is enabled by then."""
    enable(catalog)
    run = make_run(catalog, mode=Mode.SAMPLE, dry_run=True, finished_at=timezone.now())
    products = [
        {"key": f"key-{one}", "identifier": f"SKU-{one}", "label": f"Shoe {one}"}
        for one in range(number)
    ]
    more = {"price": "19.90 EUR", "picture": "", "missing": [], "fields": [["sku", '"S"']]}
    defaults = {
        "total": 1482,
        "sampled": 100,
        "seconds": 2.0,
        "first": products,
        "examples": [{**one, **more} for one in products[:3]],
    }
    return Look.objects.create(run=run, **{**defaults, **values})


def make_first(catalog, **values):
    """The first ten, sent."""
    keys = [f"key-{one}" for one in range(10)]
    defaults = {"mode": Mode.PRODUCT, "keys": keys, "pushed": 10, "finished_at": timezone.now()}
    return make_run(catalog, **{**defaults, **values})


def do(browser, name, catalog, **data):
    return browser.post(reverse(f"pages:{name}", args=[catalog.uuid]), data)


def primary_of(page):
    return page.select_one("main .primary")


def step_of(page):
    return text_of(page.select_one(".setup-steps > p")).partition(" Close")[0]
