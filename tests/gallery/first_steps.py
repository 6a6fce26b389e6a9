"""Situations of the first steps: a catalog that people are still setting up."""

from datetime import timedelta

from django.utils import timezone

from catalogs.pauses import pause
from sync.models import Run
from sync.steps import Step
from tests.factories import make_document, make_run
from tests.gallery.catalogs import Status, not_enabled_yet
from tests.gallery.place import Place, change_catalog, ended, listed
from tests.pages.setting_up import make_first, make_look


def to_configure(place: Place) -> None:
    """Created a minute ago: nobody has enabled it in the PIM."""
    change_catalog(place, started_at=None)
    not_enabled_yet(place)


def configured(place: Place) -> None:
    to_look_at(place)
    _at_step(place, Step.CONFIGURE)


def to_look_at(place: Place) -> None:
    change_catalog(place, started_at=None)


def looking(place: Place) -> None:
    to_look_at(place)
    looking = {"mode": Run.Mode.SAMPLE, "dry_run": True, "phase": Run.Phase.READING}
    make_run(place.catalog, status=Run.Status.RUNNING, started_at=timezone.now(), **looking)


def looked_at(place: Place) -> None:
    """As a channel with needed fields would have it: one of three examples lacks one."""
    to_look_at(place)
    look = make_look(place.catalog, missing={"name": 7}, incomplete=2)
    look.examples[1] |= {"missing": ["name"], "price": ""}
    look.save()


def looked_at_nothing(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog, 0, total=0, sampled=0)


def looked_at_unmapped(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog, is_mapped=False)


def first_to_send(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog)
    _at_step(place, Step.FIRST)


def first_sent(place: Place) -> None:
    """Nine went well, and the channel refused one."""
    to_look_at(place)
    make_look(place.catalog)
    make_first(place.catalog, pushed=9, failed=1)
    sent = make_document()
    names = {number: {"key": f"key-{number}", "label": f"Shoe {number}"} for number in range(10)}
    for number in range(9):
        there = {"status": Status.LISTED, "sent": sent, "external_id": f"P-{number}"}
        listed(place, wanted=sent, **names[number], **there)
    listed(place, wanted=sent, status=Status.PARKED, problem="Too dear.", **names[9])


def all_to_send(place: Place) -> None:
    first_sent(place)
    _at_step(place, Step.ALL)


def sending_all(place: Place) -> None:
    first_sent(place)
    begun = {"phase": Run.Phase.PUSHING, "started_at": timezone.now() - timedelta(minutes=10)}
    progress = {"total": 1482, "pulled": 1482, "to_send": 1482, "pushed": 640}
    make_run(place.catalog, status=Run.Status.RUNNING, **begun, **progress)


def sending_all_paused(place: Place) -> None:
    first_sent(place)
    make_run(place.catalog, status=Run.Status.STOPPED, problem="The catalog is paused.")
    pause(place.catalog)


def sending_all_stopped(place: Place) -> None:
    first_sent(place)
    make_run(place.catalog, status=Run.Status.STOPPED, problem="The folder is full.")


def all_sent(place: Place) -> None:
    first_sent(place)
    ended(place, pushed=1481, pulled=1482, changed=1482, failed=1)
    change_catalog(place, started_at=timezone.now())


def _at_step(place: Place, step: Step) -> None:
    place.more["query"] = {"step": step.value}
