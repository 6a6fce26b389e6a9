import pytest
import responses

from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.client import PimClient
from tests import id_tokens

PIM = "https://acme.cloud.akeneo.com"
API = f"{PIM}/api/rest/v1"
TOKEN = "planted-token-0123456789"


@pytest.fixture
def http():
    """The PIM's answers; each is given once, in order, and the last of an address stays."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def session():
    with GuardedSession(AddressPolicy(["*.cloud.akeneo.com"])) as session:
        yield session


@pytest.fixture
def waits():
    """The seconds that the client slept between tries."""
    return []


@pytest.fixture
def client(session, waits):
    clock = iter(range(10_000))
    retrier = Retrier(sleep=waits.append, clock=lambda: next(clock) / 1000, random=lambda: 1.0)
    return PimClient(PIM, TOKEN, session=session, retrier=retrier)


@pytest.fixture(scope="session")
def private_key():
    return id_tokens.new_key()


@pytest.fixture(scope="session")
def other_key():
    return id_tokens.new_key()
