"""Invitations in admin: made by staff who may, told once, taken back."""

import pytest
from django.urls import reverse

from connections.invitations import InvitationUnknown, look_up
from connections.models import AuditRecord, Connection, Invitation
from tests.factories import make_connection
from tests.pages.conftest import page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

INVITE = "/admin/connections/invitation/invite/"
LIST = "/admin/connections/invitation/"
PIMS = "/admin/connections/connection/"


def invite_for(connection):
    return reverse("admin:connections_connection_act", args=[connection.pk, "invite"])


def links_on(response):
    return [field["value"] for field in page_of(response).select(".copyable input[readonly]")]


def test_a_button_makes_a_link_for_a_new_pim():
    browser = browser_of_superuser()
    form = browser.see(PIMS).find("form", action=INVITE)

    response = browser.post(INVITE)

    (link,) = links_on(response)
    invitation = Invitation.objects.get()
    assert "Invite a PIM administrator" in text_of(form)
    assert look_up(link.rpartition("/")[2], browser="") == invitation
    assert invitation.created_by == "staff0"
    assert "good for 7 days" in text_of(page_of(response))
    assert "no-store" in response["Cache-Control"]
    assert AuditRecord.objects.values_list("action", "actor_kind", "actor_key").get() == (
        "invited",
        "staff",
        "staff0",
    )


def test_a_button_of_a_pim_makes_one_for_it():
    connection = make_connection()
    browser = browser_of_superuser()
    page = browser.see(reverse("admin:connections_connection_change", args=[connection.pk]))

    response = browser.post(invite_for(connection))

    assert "Invite its administrator" in text_of(page.find("form", action=invite_for(connection)))
    assert len(links_on(response)) == 1
    assert Invitation.objects.get().pim_url == connection.pim_url


def test_several_are_invited_at_once():
    rows = [make_connection(), make_connection()]
    values = {"action": "invite", "_selected_action": [row.pk for row in rows]}

    response = browser_of_superuser().post(PIMS, values)

    invited = Invitation.objects.order_by("pk").values_list("pim_url", flat=True)
    assert len(set(links_on(response))) == 2
    assert list(invited) == [row.pim_url for row in rows]


def test_the_link_is_nowhere_afterwards():
    browser = browser_of_superuser()
    (link,) = links_on(browser.post(INVITE))
    token = link.rpartition("/")[2]

    pages = [browser.get(LIST), browser.get(f"{LIST}{Invitation.objects.get().pk}/change/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert not any(token in page.content.decode() for page in pages)
    assert token not in str(dict(browser.session))


def test_looking_makes_none():
    assert browser_of_superuser().get(INVITE).status_code == 405
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("permission", ["view_connection", "view_invitation", "change_connection"])
def test_staff_who_may_not_add_pims_invite_nobody(permission):
    browser = browser_of_staff(make_staff(f"connections.{permission}"))

    response = browser.post(INVITE)

    assert response.status_code == 403
    assert not Invitation.objects.exists()


def test_staff_who_may_not_change_a_pim_invite_nobody_for_it():
    connection = make_connection()
    staff = make_staff("connections.view_connection", "connections.add_connection")

    response = browser_of_staff(staff).post(invite_for(connection))

    assert response.status_code == 403
    assert not Invitation.objects.exists()


def test_a_visitor_is_sent_to_the_log_in(client):
    assert client.post(INVITE).url.startswith("/admin/login/")
    assert not Invitation.objects.exists()


def test_deleting_one_takes_it_back():
    browser = browser_of_superuser()
    (link,) = links_on(browser.post(INVITE))
    invitation = Invitation.objects.get()

    browser.post(reverse("admin:connections_invitation_delete", args=[invitation.pk]), {"post": 1})

    with pytest.raises(InvitationUnknown):
        look_up(link.rpartition("/")[2], browser="")
    assert not Connection.objects.exists()
