"""Who may be called for a PIM, and with what."""

import pytest
import responses

from connections.clients import SECONDS_FOR_THE_SILENT, client_for, pim_policy
from connections.connections import register
from connections.models import Circuit, Connection
from outbound.errors import AddressRefused, ConfigurationError, TransientError
from pim.errors import Unauthorized
from tests.connections.conftest import PIM
from tests.factories import make_channel, make_circuit, make_connection

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://pim.example.com"


@pytest.fixture(autouse=True)
def production(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    settings.PIM_ALLOW_INSECURE = False


def allowed(pim_url, url):
    try:
        pim_policy(pim_url).check_url(url)
    except AddressRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("registered", "url", "answer"),
    [
        (None, PIM, True),
        (None, "https://other.cloud.akeneo.com", True),
        (None, ELSEWHERE, False),
        (ELSEWHERE, ELSEWHERE, True),
        (ELSEWHERE, f"{ELSEWHERE}/api/rest/v1", True),
        (ELSEWHERE, "https://evil.pim.example.com", False),
        (ELSEWHERE, "https://example.com", False),
        (ELSEWHERE, f"{ELSEWHERE}:8443", False),
        (ELSEWHERE, "http://pim.example.com", False),
        (f"{ELSEWHERE}:8443", f"{ELSEWHERE}:8443", True),
        (f"{ELSEWHERE}:8443", ELSEWHERE, False),
        (f"{ELSEWHERE}:8443/akeneo", f"{ELSEWHERE}:8443/akeneo/api", True),
    ],
)
def test_a_registered_pim_is_allowed_at_exactly_its_host_and_port(registered, url, answer):
    if registered:
        register(registered)

    assert allowed(registered or url, url) is answer


def test_registering_one_pim_allows_it_for_no_other():
    register(ELSEWHERE)

    assert not allowed(PIM, ELSEWHERE)


@pytest.mark.parametrize("pim_url", ["http://127.0.0.1:8081", "http://10.0.0.5"])
def test_the_switch_admits_local_addresses_of_registered_pims(settings, pim_url):
    settings.PIM_ALLOW_INSECURE = True
    assert not allowed(pim_url, pim_url)

    register(pim_url)

    assert allowed(pim_url, pim_url)


def test_no_switch_admits_link_local_addresses(settings):
    settings.PIM_ALLOW_INSECURE = True

    with pytest.raises(AddressRefused):
        register("http://169.254.169.254")

    assert not Connection.objects.exists()


def test_a_pim_that_never_connected_is_told_from_one_that_is_lost():
    with pytest.raises(ConfigurationError, match="not connected yet") as never:
        client_for(make_connection(state=Connection.State.REGISTERED, token=""))
    with pytest.raises(Unauthorized, match="has been disconnected") as lost:
        client_for(make_connection(state=Connection.State.DISCONNECTED))

    assert not isinstance(never.value, Unauthorized)
    assert lost.value.disconnected


def test_a_connection_without_a_token_cannot_call():
    with pytest.raises(Unauthorized):
        client_for(make_connection(token=""))


class TestWhoWaits:
    """A person waits for the answer: no longer than need be when nobody may give one."""

    @pytest.fixture
    def connection(self):
        return make_connection(pim_url=PIM)

    @pytest.fixture
    def asked(self):
        with responses.RequestsMock() as mock:
            mock.get(f"{PIM}/api/rest/v1/system-information", status=503)
            yield mock.calls

    def ask(self, connection, **patience):
        client = client_for(connection, sleep=lambda seconds: None, **patience)
        with pytest.raises(TransientError):
            client.system_information()

    def test_a_pim_that_answered_lately_is_tried_three_times(self, connection, asked):
        make_circuit(connection, failures=Circuit.OPEN_AFTER - 1)

        self.ask(connection, patient=False)

        assert len(asked) == 3

    def test_one_that_has_not_answered_for_long_is_tried_once_and_briefly(self, connection, asked):
        make_circuit(connection)

        self.ask(connection, patient=False)

        [call] = asked
        assert max(call.request.req_kwargs["timeout"]) == SECONDS_FOR_THE_SILENT

    def test_nobody_else_s_silence_counts(self, connection, asked):
        make_circuit(make_connection())
        make_circuit(connection, make_channel(connection))

        self.ask(connection, patient=False)

        assert len(asked) == 3

    def test_the_sync_waits_as_ever(self, connection, asked):
        make_circuit(connection)

        self.ask(connection)

        assert len(asked) == 8
