"""A channel gets products side by side or models with variants, and not each variant twice."""

import pytest
from django.utils import timezone

from catalogs import catalogs
from catalogs.catalogs import create_catalog
from catalogs.models import Catalog, Channel
from catalogs.shapes import bring_twice
from channels.registry import KINDS
from outbound.errors import ConfigurationError
from tests.channels.shop import HttpShopAdapter
from tests.factories import make_catalog

MODELS, FLAT = Catalog.Shape.MODELS, Catalog.Shape.FLAT


@pytest.fixture
def channel(world, monkeypatch):
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    world.catalog.delete()
    Channel.objects.update(kind="http-shop")
    world.channel.refresh_from_db()
    return world.channel


def create(channel, shape, *, raw=False):
    return create_catalog(channel, name="Second", every=60, raw=raw, shape=shape)


@pytest.mark.parametrize(
    ("there", "shape", "raw", "says"),
    [
        (FLAT, MODELS, False, "“First” brings products side by side"),
        (MODELS, FLAT, False, "“First” brings models with their variants"),
        (MODELS, FLAT, True, "“First” brings models with their variants"),
    ],
)
def test_the_other_shape_is_refused_before_the_pim_makes_anything(
    world, channel, there, shape, raw, says
):
    make_catalog(channel, name="First", shape=there)
    before = dict(world.pim.catalogs)

    with pytest.raises(ConfigurationError, match=says):
        create(channel, shape, raw=raw)

    assert world.pim.catalogs == before


@pytest.mark.parametrize("shape", [FLAT, MODELS])
def test_the_same_shape_may_come_again(channel, shape):
    make_catalog(channel, name="First", shape=shape)

    assert create(channel, shape).shape == shape


@pytest.mark.parametrize(("field", "refused"), [("archived_at", True), ("removing_since", False)])
def test_one_that_is_put_aside_counts_and_one_that_is_removed_does_not(channel, field, refused):
    make_catalog(channel, name="First", shape=FLAT, **{field: timezone.now()})

    if refused:
        with pytest.raises(ConfigurationError, match="“First”"):
            create(channel, MODELS)
    else:
        assert create(channel, MODELS).has_models


def test_what_another_process_creates_meanwhile_is_noticed(world, channel, monkeypatch):
    """Both saw nothing; the second one takes back what it made in the PIM."""
    make_in_pim, before = catalogs.make_in_pim, dict(world.pim.catalogs)

    def slowly(*args, **kwargs):
        made = make_in_pim(*args, **kwargs)
        make_catalog(channel, name="Faster", shape=FLAT)
        return made

    monkeypatch.setattr(catalogs, "make_in_pim", slowly)

    with pytest.raises(ConfigurationError, match="“Faster”"):
        create(channel, MODELS)

    assert world.pim.catalogs == before
    assert Catalog.objects.get().name == "Faster"


def test_whether_catalogs_bring_variants_twice(channel):
    one = make_catalog(channel, shape=FLAT)
    other = make_catalog(channel, shape=MODELS)

    assert bring_twice([one, other])
    assert not bring_twice([one, make_catalog(channel, raw=True)])
    one.removing_since = timezone.now()
    assert not bring_twice([one, other])
