"""Runs of single products, which events begin many a minute, say little of the whole catalog."""

import pytest

from sync.models import Notice, Run
from sync.notices import review_everything
from tests.sync.alerts.conftest import delivered, ended

pytestmark = pytest.mark.django_db

Status, Mode = Run.Status, Run.Mode
BAD = (Status.FAILED, Status.STOPPED)


def look():
    review_everything()
    return [subject for _, subject in delivered()]


def well(catalog, **values):
    ended(catalog, Status.SUCCEEDED, mode=Mode.PRODUCT, trigger=Run.Trigger.EVENT, **values)


@pytest.mark.parametrize("status", BAD)
def test_they_do_not_make_a_whole_run_that_fails_well(catalog, mary, status):
    for _ in range(2):
        ended(catalog, status, problem="The PIM breaks off.")
    assert len(look()) == 1

    well(catalog)

    assert look() == []
    assert Notice.objects.open().get().kind == status


def test_whole_runs_that_fail_are_told_although_single_products_go_well(catalog, mary):
    for _ in range(2):
        ended(catalog, Status.FAILED, problem="The PIM breaks off.")
        well(catalog)

    assert len(look()) == 1


def test_a_whole_run_makes_it_well(catalog, mary):
    for _ in range(2):
        ended(catalog, Status.FAILED)
        well(catalog)
    look()

    ended(catalog, Status.SUCCEEDED)

    [subject] = look()
    assert subject.startswith("[Ferry] Well again: ")


def test_what_failed_of_single_products_is_well_by_the_next(catalog, mary):
    for _ in range(2):
        ended(catalog, Status.FAILED, mode=Mode.PRODUCT)
    assert len(look()) == 1

    well(catalog)

    [subject] = look()
    assert subject.startswith("[Ferry] Well again: ")


class TestOfAChannelThatRefuses:
    @pytest.fixture(autouse=True)
    def refused(self, catalog, mary):
        ended(catalog, Status.STOPPED, problem="The secret is wrong.", is_refused=True)
        assert look() == ["[Ferry] Channel refuses Ferry: Shop"]

    def test_a_run_that_sent_nothing_is_no_word_of_it(self, catalog):
        well(catalog)

        assert look() == []
        assert Notice.objects.open().get().kind == "channel_refused"

    @pytest.mark.parametrize("sent", [{"pushed": 1}, {"withdrawn": 1}])
    def test_one_that_sent_something_is(self, catalog, sent):
        well(catalog, **sent)

        assert look() == ["[Ferry] Well again: Shop (Channel refuses Ferry)"]
