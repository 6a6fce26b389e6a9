"""Invitations: one link, one PIM, one browser, one week."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections.invitations import (
    InvitationClosed,
    InvitationUnknown,
    PimKnown,
    invite,
    is_done,
    is_for_one_pim,
    look_up,
    use,
)
from connections.models import AuditRecord, Connection, Invitation
from connections.tidying import forget_old_authorizations
from outbound.errors import AddressRefused
from pim.urls import InvalidPimUrl
from tests.connections.conftest import PIM, stored
from tests.factories import make_connection, make_pim_user

pytestmark = pytest.mark.django_db

OTHER = "https://other.cloud.akeneo.com"


@pytest.fixture(autouse=True)
def production(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    settings.PIM_ALLOW_INSECURE = False
    settings.BASE_URL = "https://ferry.example.com"


def token_of(link):
    return link.rpartition("/")[2]


def enter(invitation, browser="mine", pim_url=PIM, client_id="id", client_secret="secret"):
    return use(
        invitation,
        browser=lambda: browser,
        pim_url=pim_url,
        client_id=client_id,
        client_secret=client_secret,
    )


def credentials():
    """The credentials of every PIM that is known."""
    return {one.pim_url: (one.client_id, one.client_secret) for one in Connection.objects.all()}


def recorded():
    """What the audit trail holds, oldest first."""
    return list(AuditRecord.objects.order_by("pk").values_list("action", "actor", "pim_url"))


def someone_comes(pim_url):
    """What a callback leaves behind."""
    connection = Connection.objects.get(pim_url=pim_url)
    connection.state = Connection.State.CONNECTED
    connection.save()
    make_pim_user(connection)


def test_the_link_is_told_once_and_only_a_digest_is_kept():
    before = timezone.now()

    invitation, link = invite("Stan")

    token = token_of(link)
    assert link == f"https://ferry.example.com/invitations/{token}"
    assert len(token) == 43  # 256 bits
    assert token not in str(Invitation.objects.values().get())
    assert invitation.created_by == "Stan"
    assert timedelta(0) <= invitation.expires_at - before - timedelta(days=7) < timedelta(minutes=1)
    assert (invitation.pim_url, credentials()) == ("", {})
    assert recorded() == [("invited", "Ferry", "")]


def test_a_pim_that_staff_invite_is_registered_by_that():
    invitation, _ = invite("Stan", f"{PIM}/")

    assert invitation.pim_url == PIM
    assert credentials() == {PIM: ("", "")}
    assert is_for_one_pim(invitation)


def test_inviting_changes_no_credentials():
    make_connection(pim_url=PIM, client_id="id", client_secret="secret")

    invite("Stan", PIM)

    assert credentials() == {PIM: ("id", "secret")}


@pytest.mark.parametrize("pim_url", ["acme", "http://acme.cloud.akeneo.com", "https://10.0.0.1"])
def test_nobody_is_invited_for_an_address_that_may_not_be_called(pim_url):
    with pytest.raises((InvalidPimUrl, AddressRefused)):
        invite("Stan", pim_url)

    assert not Invitation.objects.exists()
    assert credentials() == {}


def test_one_use_stores_the_credentials_of_one_pim():
    invitation, link = invite("Stan")

    connection = enter(invitation, pim_url="HTTPS://Acme.cloud.akeneo.com:443/")

    invitation.refresh_from_db()
    assert connection.state == Connection.State.REGISTERED
    assert credentials() == {PIM: ("id", "secret")}
    assert invitation.pim_url == PIM
    assert invitation.used_at is not None
    assert "mine" not in str(Invitation.objects.values().get())
    assert look_up(token_of(link), browser="mine") == invitation
    assert recorded()[1:] == [
        ("pim_registered", "An invited administrator", PIM),
        ("invitation_used", "An invited administrator", PIM),
    ]


@pytest.mark.parametrize("browser", ["theirs", ""])
def test_once_used_it_opens_in_no_other_browser(browser):
    invitation, link = invite("Stan")
    enter(invitation)

    with pytest.raises(InvitationClosed, match="used already, in another browser"):
        look_up(token_of(link), browser=browser)
    with pytest.raises(InvitationClosed):
        enter(invitation, browser=browser, client_secret="theirs")

    assert credentials() == {PIM: ("id", "secret")}


def test_of_two_browsers_that_use_it_at_once_one_wins():
    _, link = invite("Stan")
    seen_by_both = [look_up(token_of(link), browser=name) for name in ("mine", "theirs")]

    enter(seen_by_both[0], browser="mine")
    with pytest.raises(InvitationClosed):
        enter(seen_by_both[1], browser="theirs", pim_url=OTHER)

    assert credentials() == {PIM: ("id", "secret")}


def test_the_same_browser_may_correct_what_it_entered():
    invitation, _ = invite("Stan")
    enter(invitation, pim_url="https://acmee.cloud.akeneo.com", client_secret="typo")

    enter(invitation)

    assert credentials() == {PIM: ("id", "secret")}  # what was mistyped is forgotten
    assert Invitation.objects.get().pim_url == PIM


def test_once_the_pim_is_connected_nothing_can_be_entered_any_more():
    invitation, _ = invite("Stan")
    enter(invitation)
    assert not is_done(Invitation.objects.get())

    someone_comes(PIM)

    assert is_done(Invitation.objects.get())
    with pytest.raises(InvitationClosed, match="has done its work"):
        enter(invitation, client_secret="later")
    with pytest.raises(InvitationClosed):
        enter(invitation, pim_url=OTHER)
    assert credentials() == {PIM: ("id", "secret")}


@pytest.mark.parametrize("state", [*Connection.State])
def test_an_invitation_for_any_pim_overwrites_nothing(state):
    make_connection(pim_url=PIM, state=state, client_id="theirs", client_secret="theirs")
    invitation, link = invite("Stan")
    before = stored()

    with pytest.raises(PimKnown):
        enter(invitation)

    assert stored() == before
    assert look_up(token_of(link), browser="anybody").used_at is None


def test_nor_does_it_touch_a_pim_that_the_published_app_is_connected_to():
    make_connection(pim_url=PIM)

    with pytest.raises(PimKnown):
        enter(invite("Stan")[0])

    assert credentials() == {PIM: ("", "")}


@pytest.mark.parametrize("state", [*Connection.State])
def test_one_that_staff_made_for_the_pim_replaces_its_credentials(state):
    make_connection(pim_url=PIM, state=state, client_id="old", client_secret="old")
    invitation, _ = invite("Stan", PIM)

    enter(invitation, pim_url=OTHER)  # its address is settled, whatever is sent

    assert credentials() == {PIM: ("id", "secret")}
    assert not is_done(Invitation.objects.get())  # until somebody comes from the PIM


@pytest.mark.parametrize(
    ("pim_url", "error"),
    [
        ("https://169.254.169.254", AddressRefused),
        ("http://acme.cloud.akeneo.com", AddressRefused),
        ("https://u:p@acme.cloud.akeneo.com", InvalidPimUrl),
        ("https://2130706433", InvalidPimUrl),
        ("javascript:alert(1)", InvalidPimUrl),
    ],
)
def test_a_refused_address_leaves_it_unused(pim_url, error):
    invitation, link = invite("Stan")

    with pytest.raises(error):
        enter(invitation, pim_url=pim_url)

    assert credentials() == {}
    assert look_up(token_of(link), browser="anybody").used_at is None
    assert [action for action, *_ in recorded()] == ["invited"]


def test_after_a_week_it_opens_for_nobody():
    invitation, link = invite("Stan")
    enter(invitation)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(InvitationClosed, match="expired"):
        look_up(token_of(link), browser="mine")
    with pytest.raises(InvitationClosed):
        enter(invitation, client_secret="late")

    assert credentials() == {PIM: ("id", "secret")}


def test_one_that_was_taken_back_is_unknown():
    invitation, link = invite("Stan")
    Invitation.objects.all().delete()

    with pytest.raises(InvitationUnknown):
        look_up(token_of(link), browser="mine")
    with pytest.raises(InvitationUnknown):
        enter(invitation)

    assert credentials() == {}


def test_it_is_forgotten_three_months_after_it_expired():
    invite("Stan")
    invite("Stan")
    oldest = Invitation.objects.order_by("pk")[:1].get()
    oldest.expires_at = timezone.now() - timedelta(days=91)
    oldest.save()

    forget_old_authorizations()

    assert Invitation.objects.count() == 1
    assert not Invitation.objects.filter(pk=oldest.pk).exists()


def invite_pim_admin(*arguments):
    out = StringIO()
    call_command("invite_pim_admin", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_link():
    said = invite_pim_admin()

    invitation = Invitation.objects.get()
    link = said.split()[-1]
    assert "good for 7 days" in said
    assert look_up(token_of(link), browser="") == invitation
    assert recorded() == [("invited", "invite_pim_admin", "")]


def test_the_command_answers_with_one_object():
    answer = json.loads(invite_pim_admin(PIM, "--json"))

    invitation = Invitation.objects.get()
    link = answer.pop("link")
    assert look_up(token_of(link), browser="") == invitation
    assert answer == {
        "id": invitation.pk,
        "pim_url": PIM,
        "expires_at": invitation.expires_at.isoformat(),
    }


@pytest.mark.parametrize("address", ["http://10.0.0.1", ""])  # an empty one is not any PIM
def test_the_command_refuses_an_address_in_one_line(address):
    with pytest.raises(CommandError) as error:
        invite_pim_admin(address)

    assert "\n" not in str(error.value)
    assert not Invitation.objects.exists()
