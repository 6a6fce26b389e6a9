import pytest

from tests.channels.shopify.server import running_shop
from tests.channels.shopify.stage import adapter_for


@pytest.fixture
def stand_in():
    with running_shop() as stand_in:
        yield stand_in


@pytest.fixture
def shop(stand_in):
    return stand_in.shop


@pytest.fixture
def adapter(stand_in):
    return adapter_for(stand_in)
