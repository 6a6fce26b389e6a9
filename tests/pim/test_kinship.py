"""What belongs to product models, in the sandbox."""

import pytest

from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from pim.client import PimClient
from pim.kinship import roots_of_models, variants_of_models
from sandbox.state import CLIENT_ID, make_pim
from tests.sandbox_server import serving_sandbox


@pytest.fixture(scope="module")
def pim():
    pim = make_pim(products=150)
    with serving_sandbox(pim):
        app = pim.apps[CLIENT_ID]
        app.connected = True
        pim.set_scopes(app, {"read_products"})
        yield pim


@pytest.fixture
def client(pim):
    with GuardedSession(AddressPolicy(None, insecure=True)) as session:
        yield PimClient(pim.base_url, pim.apps[CLIENT_ID].token, session=session)


def models(pim, *, below):
    return sorted(code for code, one in pim.assortment.models.items() if bool(one.parent) == below)


def test_the_root_of_a_model_is_the_one_above_or_itself(pim, client):
    inner, roots = models(pim, below=True), models(pim, below=False)
    assert inner

    found = roots_of_models(client, [inner[0], roots[0], "no-such-model"])

    assert found == {pim.assortment.models[inner[0]].parent, roots[0]}


def test_many_are_looked_up_by_the_hundred(pim, client):
    codes = [f"none-{number}" for number in range(150)]

    assert roots_of_models(client, [*codes, *models(pim, below=False)[:1]]) == set(
        models(pim, below=False)[:1]
    )


def test_variants_of_all_levels_are_found(pim, client):
    (root,) = {pim.assortment.models[models(pim, below=True)[0]].parent}

    found = variants_of_models(client, [root, "no-such-model"], most=1000)

    assert found == {each.uuid for each in pim.assortment.variants_below(root)}


def test_no_more_than_that_are_looked_for(pim, client):
    assert len(variants_of_models(client, models(pim, below=False), most=3)) == 3
