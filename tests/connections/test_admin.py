"""Connections in admin: registering a PIM, changing its credentials, deleting it."""

import pytest
from django.db.models import Value
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from connections.models import AuditRecord, Connection, PimUser
from tests.factories import make_channel, make_circuit, make_connection, make_pim_user
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff, queries_of

pytestmark = pytest.mark.django_db

LIST = "/admin/connections/connection/"
ADD = reverse("admin:connections_connection_add")


def change(connection):
    return reverse("admin:connections_connection_change", args=[connection.pk])


def delete(connection):
    return reverse("admin:connections_connection_delete", args=[connection.pk])


def credentials_of(connection):
    connection.refresh_from_db()
    return connection.client_id, connection.client_secret


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def strict(settings):
    """As in production: https and public addresses only."""
    settings.PIM_ALLOW_INSECURE = False
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]


def test_a_pim_is_registered_under_its_one_spelling(browser, strict):
    values = {
        "pim_url": " HTTPS://Acme.example.com:443/ ",
        "client_id": "id",
        "new_secret": "planted",
    }

    response = browser.post(ADD, values, follow=True)

    connection = Connection.objects.get()
    assert response.redirect_chain
    assert connection.pim_url == "https://acme.example.com"
    assert credentials_of(connection) == ("id", "planted")
    assert connection.state == Connection.State.REGISTERED


def test_a_pim_is_registered_for_the_published_app(browser, strict):
    browser.post(ADD, {"pim_url": "https://acme.cloud.akeneo.com"})

    assert credentials_of(Connection.objects.get()) == ("", "")


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"pim_url": ""}, "pim_url", "required"),
        ({"pim_url": "acme"}, "pim_url", "must start with https://"),
        ({"pim_url": "https://"}, "pim_url", "not a valid host name"),
        ({"pim_url": "http://acme.example.com"}, "pim_url", "Only https addresses"),
        ({"pim_url": "https://10.1.2.3"}, "pim_url", "not on the public internet"),
        ({"pim_url": "https://169.254.169.254"}, "pim_url", "not on the public internet"),
        ({"pim_url": "https://u:p@acme.example.com"}, "pim_url", "user name or password"),
        ({"pim_url": f"https://a.com/{'x' * 500}"}, "pim_url", "longer than 500"),
        ({"client_id": "id"}, "new_secret", "belong together"),
        ({"new_secret": "planted"}, "new_secret", "belong together"),
        ({"client_id": "x" * 101, "new_secret": "planted"}, "client_id", "at most 100"),
    ],
)
def test_bad_input_is_told_at_its_field_and_stores_nothing(browser, strict, values, field, says):
    response = browser.post(ADD, {"pim_url": "https://acme.example.com", **values})

    row = page_of(response).find(id=f"id_{field}").find_parent(class_="field-line")
    assert response.status_code == 200
    assert says in text_of(row)
    assert "planted" not in response.content.decode()
    assert not Connection.objects.exists()


def test_a_pim_that_is_known_is_not_registered_over(browser):
    connection = make_connection(client_id="id", client_secret="secret")
    values = {"pim_url": f"{connection.pim_url}/", "client_id": "new", "new_secret": "new"}

    response = browser.post(ADD, values)

    assert "registered already" in text_of(page_of(response))
    assert credentials_of(connection) == ("id", "secret")


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        (("id", ""), ("id", "secret")),
        (("id", "other"), ("id", "other")),
        (("new", "other"), ("new", "other")),
        (("", ""), ("", "")),
    ],
)
def test_credentials_change_and_a_blank_secret_stays(browser, entered, stored):
    connection = make_connection(client_id="id", client_secret="secret", token="token")

    browser.post(change(connection), dict(zip(("client_id", "new_secret"), entered, strict=True)))

    assert credentials_of(connection) == stored
    assert connection.token == "token"


@pytest.mark.parametrize("entered", [("new", ""), ("", "other")])
def test_half_of_the_credentials_change_nothing(browser, entered):
    connection = make_connection(client_id="id", client_secret="secret")
    values = dict(zip(("client_id", "new_secret"), entered, strict=True))

    response = browser.post(change(connection), values)

    assert "belong together" in text_of(page_of(response))
    assert credentials_of(connection) == ("id", "secret")


def test_the_address_cannot_be_changed(browser):
    connection = make_connection()
    address = connection.pim_url

    page = browser.see(change(connection))
    browser.post(change(connection), {"pim_url": "https://evil.example.com", "client_id": ""})

    connection.refresh_from_db()
    assert not page.find("input", {"name": "pim_url"})
    assert connection.pim_url == address


def test_a_secret_whose_key_is_gone_can_be_replaced(browser):
    connection = make_connection(client_id="id", client_secret="secret")
    unreadable = Value("gAAAAABwritten-with-another-key")  # no field: stored as it is
    Connection.objects.update(client_secret=unreadable, token=unreadable)

    listed = browser.get(LIST)
    response = browser.post(change(connection), {"client_id": "id", "new_secret": "anew"})

    assert listed.status_code == 200
    assert response.status_code == 302
    assert Connection.objects.get().client_secret == "anew"


def test_it_says_what_to_paste_into_akeneo(browser, settings):
    settings.BASE_URL = "https://ferry.example.com"

    page = text_of(browser.see(ADD))

    assert "https://ferry.example.com/oauth/activate" in page
    assert "https://ferry.example.com/oauth/callback" in page


def test_it_says_what_was_granted_and_what_is_missing(browser):
    connection = make_connection(scopes=["read_products", "write_catalogs", "openid"])
    make_pim_user(connection, email="mary@example.com")

    page = text_of(browser.see(change(connection)))

    assert "read_products, write_catalogs, openid" in page
    assert "Delete catalogs it created: A catalog that you delete here stays in the PIM." in page
    assert "mary@example.com" in page


def test_a_page_costs_the_same_with_many_people_and_channels(browser):
    connection = make_connection()
    make_pim_user(connection)
    make_channel(connection)
    browser.see(change(connection))

    few = queries_of(browser, change(connection))
    for _ in range(15):
        make_pim_user(connection)
        make_channel(connection)

    assert queries_of(browser, change(connection)) == few
    assert "All 16 people" in text_of(browser.see(change(connection)))


def test_lists_can_be_filtered_and_searched(browser):
    make_connection(client_id="id", client_secret="s", pim_url="https://a.example.com")
    make_connection(pim_url="https://b.example.com", state=Connection.State.DISCONNECTED)

    def found(query):
        return [text_of(cell) for cell in browser.see(LIST + query).select("th[class*=field-host]")]

    assert found("") == ["a.example.com", "b.example.com"]
    assert found("?credentials=custom") == ["a.example.com"]
    assert found("?credentials=published") == ["b.example.com"]
    assert found("?state__exact=disconnected") == ["b.example.com"]
    assert found("?q=a.example") == ["a.example.com"]


@pytest.mark.parametrize(
    "pasted",
    [
        "https://acme.cloud.akeneo.com/",
        "https://acme.cloud.akeneo.com/#/enrich/product/1?x=y",
        "HTTPS://acme.cloud.akeneo.com",
        "acme.cloud.akeneo.com",
    ],
)
@pytest.mark.parametrize("model", ["connections_connection", "connections_pimuser"])
def test_a_pim_is_found_by_the_address_of_any_of_its_pages(browser, model, pasted):
    for name in ("acme", "other"):
        make_pim_user(make_connection(pim_url=f"https://{name}.cloud.akeneo.com"))

    page = browser.see(f"{reverse(f'admin:{model}_changelist')}?{urlencode({'q': pasted})}")

    (row,) = page.select("#result_list tbody tr")
    assert "acme.cloud.akeneo.com" in text_of(row)


def test_a_pim_is_found_by_the_whole_name_of_somebody_who_came_from_there(browser):
    for name in ("Julia", "Peter"):
        make_pim_user(make_connection(), firstname=name, lastname="Stark", email="x@example.com")

    assert len(browser.see(LIST + "?q=Julia+Stark").select("#result_list tbody tr")) == 1


def test_a_connection_without_channels_is_deleted_with_its_people(browser):
    connection = make_connection()
    make_pim_user(connection)

    page = browser.see(delete(connection))
    browser.post(delete(connection), {"post": "yes"})

    assert "Are you sure" in text_of(page)
    assert not Connection.objects.exists()
    assert not PimUser.objects.exists()


def test_deleting_a_connection_is_recorded_with_the_end_of_its_token(browser):
    connection = make_connection()

    browser.post(delete(connection), {"post": "yes"})

    assert list(AuditRecord.objects.order_by("pk").values_list("action", "pim_url")) == [
        ("disconnected", connection.pim_url),
        ("erased", connection.pim_url),
    ]


def test_of_several_that_are_deleted_each_is_recorded(browser):
    rows = [make_connection(state="registered"), make_connection(state="registered")]
    chosen = [row.pk for row in rows]
    values = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    browser.post(LIST, values)

    erased = AuditRecord.objects.filter(action="erased")
    assert set(erased.values_list("subject", flat=True)) == {row.host for row in rows}


def test_a_connection_of_which_more_is_known_says_how_it_is_erased(browser):
    connection = make_connection()
    make_circuit(connection)
    values = {"action": "delete_selected", "_selected_action": [connection.pk]}

    one = browser.see(delete(connection))
    several = page_of(browser.post(LIST, values))

    links = {text_of(link): link["href"] for link in one.select("#content a")}
    assert links[f"Back to {connection.host}"] == change(connection)
    for page in (one, several):
        assert "Erase everything of it" in text_of(page)
        assert "doesn't have permission" not in text_of(page)


def test_a_connection_with_channels_says_to_remove_them_first(browser):
    connection = make_connection()
    channel = make_channel(connection)

    page = browser.see(delete(connection))
    response = browser.post(delete(connection), {"post": "yes"})

    assert "Delete the channels first" in text_of(page)
    assert page.find("a", string="Web shop")["href"].endswith(f"/channel/{channel.pk}/change/")
    assert "Delete the channels first" in text_of(page_of(response))
    assert Connection.objects.get() == connection


def test_nor_are_several_deleted_while_one_has_channels(browser):
    with_channel, without = make_connection(), make_connection()
    make_channel(with_channel)
    values = {
        "action": "delete_selected",
        "_selected_action": [with_channel.pk, without.pk],
        "post": "yes",
    }

    response = browser.post(LIST, values)

    assert "Delete the channels first" in text_of(page_of(response))
    assert Connection.objects.count() == 2


def test_several_are_deleted_when_none_has_channels(browser):
    rows = [make_connection(), make_connection()]
    values = {
        "action": "delete_selected",
        "_selected_action": [row.pk for row in rows],
        "post": "yes",
    }

    response = browser.post(LIST, values, follow=True)

    assert messages_of(response) == ["Successfully deleted 2 connections."]
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("permission", "path"),
    [("view_connection", "change"), ("view_connection", "delete"), ("change_connection", "add")],
)
def test_staff_may_do_no_more_than_they_are_permitted(permission, path):
    connection = make_connection(client_id="id", client_secret="secret")
    browser = browser_of_staff(make_staff(f"connections.{permission}"))
    paths = {"change": change(connection), "delete": delete(connection), "add": ADD}
    values = {"pim_url": "https://new.example.com", "client_id": "", "post": "yes"}

    response = browser.post(paths[path], values)

    assert response.status_code == 403
    assert credentials_of(connection) == ("id", "secret")
    assert Connection.objects.count() == 1


def test_switching_on_where_it_is_on_takes_no_attributes_away(browser):
    on = make_connection(
        state="registered", enriched_since=timezone.now(), may_create_attributes=True
    )
    off = make_connection(state="registered")

    browser.post(LIST, {"action": "enrich", "_selected_action": [on.pk, off.pk]})

    rows = Connection.objects.in_bulk()
    assert rows[on.pk].may_create_attributes
    assert rows[off.pk].enriched_since is not None


def test_staff_switch_on_that_values_are_written_and_off_again(browser):
    connection = make_connection(state=Connection.State.REGISTERED, token="", scopes=[])

    browser.post(LIST, {"action": "enrich", "_selected_action": [connection.pk]})
    connection.refresh_from_db()
    since = connection.enriched_since
    page = text_of(page_of(browser.get(change(connection))))
    browser.post(LIST, {"action": "only_read", "_selected_action": [connection.pk]})
    connection.refresh_from_db()

    assert since is not None
    assert "Only read from it" in page
    assert connection.enriched_since is None
