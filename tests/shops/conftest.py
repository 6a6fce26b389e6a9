import pytest

pytest.register_assert_rewrite("tests.channels.conformance")

from tests.channels.conformance import Carrier  # noqa: E402
from tests.shops.between import standing_between  # noqa: E402
from tests.shops.vendure_shop import running_vendure  # noqa: E402


@pytest.fixture(scope="session")
def vendure():
    """A shop with custom fields, as new."""
    with running_vendure() as shop:
        yield shop


@pytest.fixture(scope="session")
def plain_vendure():
    """A shop that has no fields of its own."""
    with running_vendure("plain") as shop:
        yield shop


@pytest.fixture
def shop(vendure):
    vendure.reset()
    return vendure


@pytest.fixture
def plain_shop(plain_vendure):
    plain_vendure.reset()
    return plain_vendure


@pytest.fixture
def between(shop):
    with standing_between(shop.url) as between:
        yield between


@pytest.fixture
def plain_between(plain_shop):
    with standing_between(plain_shop.url) as between:
        yield between


@pytest.fixture
def carrier(stage):
    return Carrier(stage.adapter)
