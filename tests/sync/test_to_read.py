"""What is noted to be read: by whom it is claimed, and that nothing of it gets lost."""

import pytest

from sync.models import Listing, ListingVariant, Run, ToRead
from sync.runs import mode_due
from sync.to_read import FEW, claim, forget, have_everything_read, have_read
from tests.factories import make_catalog, make_document, make_listing, make_run

pytestmark = pytest.mark.django_db


def listed(catalog, key, **values):
    return make_listing(catalog, key=key, wanted=make_document("it"), **values)


def noted(catalog):
    return sorted(ToRead.objects.filter(catalog=catalog, run=None).values_list("key", flat=True))


def test_only_what_the_catalog_lists_is_noted():
    catalog, other = make_catalog(), make_catalog()
    listed(catalog, "one")
    listed(other, "two")
    listed(catalog, "gone", status=Listing.Status.GONE)
    Listing.objects.filter(key="gone").update(wanted=None)

    have_read([catalog], products=["one", "two", "gone", "unknown"])

    assert (noted(catalog), noted(other)) == (["one"], [])


def test_a_variant_is_its_models_business():
    catalog = make_catalog(shape="models")
    model = listed(catalog, "shirt")
    ListingVariant.objects.create(listing=model, uuid="a-variant")
    listed(catalog, "simple")
    listed(catalog, "another")

    have_read([catalog], products=["a-variant", "simple"], models=["another", "unknown"])

    assert noted(catalog) == ["another", "shirt", "simple"]


def test_codes_of_models_say_nothing_to_products_side_by_side():
    catalog = make_catalog()
    listed(catalog, "shirt")

    have_read([catalog], models=["shirt"])

    assert noted(catalog) == []


def test_what_is_noted_again_while_a_run_reads_it_is_read_again():
    catalog = make_catalog()
    listed(catalog, "one")
    run = make_run(catalog, status=Run.Status.RUNNING, mode=Run.Mode.DELTA)
    for _ in range(2):
        have_read([catalog], products=["one"])
    claim(run)

    have_read([catalog], products=["one"])
    forget(run)

    assert noted(catalog) == ["one"]


def test_what_a_run_did_not_read_to_the_end_is_the_next_ones():
    catalog = make_catalog()
    listed(catalog, "one")
    have_read([catalog], products=["one"])
    claim(make_run(catalog, status=Run.Status.FAILED, mode=Run.Mode.DELTA))
    run = make_run(catalog, status=Run.Status.RUNNING, mode=Run.Mode.DELTA)

    claim(run)

    assert list(ToRead.objects.values_list("key", "run")) == [("one", run.pk)]


def test_a_delta_leaves_it_to_a_full_run_to_read_everything():
    catalog = make_catalog()
    have_everything_read([catalog])
    delta = make_run(catalog, status=Run.Status.RUNNING, mode=Run.Mode.DELTA)

    claim(delta)
    forget(delta)

    assert noted(catalog) == [ToRead.EVERYTHING]
    assert mode_due(catalog) == Run.Mode.FULL


def test_of_too_many_everything_is_noted_instead():
    catalog = make_catalog()
    keys = [f"{number:03}" for number in range(FEW + 1)]
    for key in keys:
        listed(catalog, key)
    have_read([catalog], products=keys[:FEW])
    few = len(noted(catalog))

    have_read([catalog], products=keys[FEW:])

    assert few == FEW
    assert noted(catalog) == [ToRead.EVERYTHING]
