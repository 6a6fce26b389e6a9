"""Situations of people: who may sign in, who is invited, what staff see."""

from django.conf import settings

from connections.invitations import invite
from connections.models import FailedAuthorization, Installation, PimUser
from connections.rate_limit import LIMIT
from sync.models import Notice
from tests.factories import make_pim_user
from tests.gallery.catalogs import disconnected, in_step
from tests.gallery.place import Place
from tests.staff import make_everything, make_troubles


def with_own_app(place: Place) -> None:
    """The PIM has forgotten the secret of its custom app, and somebody has a new one."""
    disconnected(place)
    place.more["query"] = {"pim_url": place.world.url}


def several_people(place: Place) -> None:
    in_step(place)
    names = ("Vera", "Emil", "Anna-Magdalena")
    for name, role in zip(names, PimUser.Role, strict=True):
        make_pim_user(place.world.connection, firstname=name, lastname="Miller", role=role)


def invited(place: Place) -> None:
    place.more["token"] = invite("Stan")[1].rpartition("/")[2]


def unknown_invitation(place: Place) -> None:
    place.more["token"] = "nobody-knows-it"


def too_many_failures(place: Place) -> None:
    FailedAuthorization.objects.bulk_create(
        FailedAuthorization(address="127.0.0.1") for _ in range(LIMIT)
    )


def in_trouble(place: Place) -> None:
    """A catalog for each way to need a person, and an installation that is not well."""
    make_troubles()
    Notice.objects.create(
        kind=Notice.Kind.MAIL_DOWN,
        said="The mail server refused the name or password in EMAIL_URL.",
    )


def everything(place: Place) -> None:
    """One row of everything that admin shows, on the server that it was made on."""
    make_everything()
    Installation.objects.update(base_url=settings.BASE_URL)
