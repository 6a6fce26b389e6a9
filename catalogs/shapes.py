"""Shapes of catalogs that do not go together: a channel would have each variant twice.

One catalog brings models with their variants, another one the variants as products of their own;
keys differ, so that neither gives way to the other as siblings do. A catalog of models brings
simple products too: nothing is lost without the other one.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog, Channel
from outbound.errors import ConfigurationError

_HAS_VARIANTS_ALONE = _(
    "“%(other)s” brings products side by side to this channel, each variant by itself. With its "
    "models as well, the channel would have every variant twice. Remove that catalog first, or "
    "create this one on another channel."
)
_HAS_MODELS = _(
    "“%(other)s” brings models with their variants to this channel, and simple products beside "
    "them. With products side by side as well, the channel would have every variant twice. Choose "
    "products with variants, or create this catalog on another channel."
)


def refuse_twice(channel: Channel, *, of_models: bool) -> None:
    """Raise ConfigurationError if a new catalog would bring the variants of another one again.

    One that was put aside counts: its products are on the channel.
    """
    others = channel.catalogs.filter(removing_since=None).order_by("position", "pk")
    for other in others:
        if other.has_models != of_models:
            sentence = _HAS_VARIANTS_ALONE if of_models else _HAS_MODELS
            raise ConfigurationError(sentence % {"other": other.name})


def bring_twice(catalogs: Iterable[Catalog]) -> bool:
    """Whether some of these catalogs of one channel bring models, and others variants alone."""
    staying = [one for one in catalogs if one.removing_since is None]
    return len({one.has_models for one in staying}) > 1
