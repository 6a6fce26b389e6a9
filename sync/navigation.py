"""Navigation: the PIM's tree of categories, as the channel is to have it.

Everything below the catalog's root, without the root itself. The channel follows it before
products are sent, at each run that reads everything and whenever the tree has changed. With a
catalog that is removed it goes after the products.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from catalogs.models import Catalog
from channels.base import Category, ChannelAdapter
from outbound.errors import ConfigurationError, TransientError
from pim.client import PimClient
from pim.errors import Forbidden
from pim.structure import categories
from pim.values import PimCategory
from sync.documents import seen_digest
from sync.giving_way import retrier_for
from sync.models import Listing, Run
from sync.runs import note

logger = logging.getLogger(__name__)

_NO_ROOT = (
    "The category “{code}”, at which the navigation of {channel} begins, is not in the PIM any "
    "more, or Ferry may not see it. Choose another one on the catalog's page “Content”."
)
_EMPTIED = (
    "The PIM has nothing below the category “{code}” any more, so {channel} would lose its whole "
    "navigation. Put the categories back, or choose another one, or none, on the catalog's page "
    "“Content”."
)
_NOT_PERMITTED = (
    "Ferry may not read the categories of the PIM. Open the app from the PIM as somebody who may "
    "manage apps and grant it, or take the category off the catalog's page “Content”."
)


class Navigation:
    """The tree of one catalog, read at most once by whoever holds this."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._tree: list[Category] | None = None

    def tree(self, client: PimClient) -> list[Category]:
        """Return the categories below the root, parents first. Raises OutboundError."""
        if self._tree is None:
            self._tree = _tree(self.catalog, client) if self.catalog.category_root else []
        return self._tree

    @property
    def read(self) -> list[Category]:
        """The tree, once it was read."""
        if self._tree is None:
            raise RuntimeError("the tree was not read")
        return self._tree

    def codes(self, client: PimClient) -> list[str]:
        return [category.code for category in self.tree(client)]


def may_be_due(run: Run, adapter: ChannelAdapter) -> bool:
    """Whether the channel's navigation is this run's business."""
    catalog = run.catalog
    return (
        adapter.navigates
        and run.reads
        and catalog.is_active
        and bool(catalog.category_root or catalog.arranged)
    )


def arrange(
    run: Run,
    adapter: ChannelAdapter,
    navigation: Navigation,
    *,
    go_on: Callable[[], None],
    wait: Callable[[float], None],
) -> None:
    """Let the channel's navigation follow the tree, if it does not yet.

    A tree that another root had before is taken away, unless a sibling catalog has it. Tried again
    under the table of failures. Raises OutboundError: what is sent then would miss its categories.
    """
    catalog, tree = run.catalog, navigation.read
    arranged = {"tree": catalog.category_root, "digest": _digest(tree)}
    if not catalog.category_root:
        arranged = {}
    if arranged == catalog.arranged and run.mode != Run.Mode.FULL:
        return

    if catalog.category_root and not tree:
        _refuse_emptied(catalog)
    carry_out = partial(_carry_out, run, adapter, go_on=go_on, wait=wait)
    before = catalog.arranged.get("tree", "")
    if before and before != catalog.category_root and not _is_used(before, catalog):
        carry_out(before, [])
    if catalog.category_root:
        carry_out(catalog.category_root, tree)
    _remember(catalog, arranged)


def take_away(
    run: Run,
    adapter: ChannelAdapter,
    *,
    go_on: Callable[[], None],
    wait: Callable[[float], None],
) -> None:
    """Take away what was made for a catalog that is removed, once its products are off the channel.

    Done again after a crash, which changes nothing. As `arrange`; raises OutboundError.
    """
    catalog = run.catalog
    if not (adapter.navigates and catalog.arranged):
        return
    if Listing.objects.filter(catalog=catalog).on_channel().exists():
        return  # the run is about to stop for that, and the catalog stays
    for root in leaving_with([catalog]):
        _carry_out(run, adapter, root, [], go_on=go_on, wait=wait)
    _remember(catalog, {})


def leaving_with(catalogs: Sequence[Catalog]) -> list[str]:
    """Return the roots of the trees that a channel loses with these catalogs of it. One query.

    What a catalog has that stays, or that leaves its products, is still in use.
    """
    made = {one.arranged["tree"] for one in catalogs if one.arranged.get("tree")}
    if not made:
        return []
    others = Catalog.objects.filter(channel=catalogs[0].channel_id, category_root__in=made)
    others = others.exclude(pk__in=[one.pk for one in catalogs])
    others = others.exclude(removing_since__isnull=False, on_shop=Catalog.OnShop.WITHDRAW)
    return sorted(made - set(others.values_list("category_root", flat=True)))


def _carry_out(
    run: Run,
    adapter: ChannelAdapter,
    root: str,
    categories: list[Category],
    *,
    go_on: Callable[[], None],
    wait: Callable[[float], None],
) -> None:
    def say(seconds: float, error: TransientError) -> None:
        logger.info("The navigation of run %s waits %.1f s: %s", run.pk, seconds, error.detail)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")

    go_on()
    retrier_for(wait).call(lambda: adapter.arrange(root, categories), say)


def _remember(catalog: Catalog, arranged: dict[str, str]) -> None:
    catalog.arranged = arranged
    Catalog.objects.filter(pk=catalog.pk).update(arranged=arranged)


def _refuse_emptied(catalog: Catalog) -> None:
    """Raise ConfigurationError if the channel has this tree, with anything in it.

    No fuse looks at navigation, and half a reading must not take it away.
    """
    arranged = catalog.arranged
    if arranged.get("tree") == catalog.category_root and arranged.get("digest") != _digest([]):
        words = _EMPTIED.format(code=catalog.category_root, channel=catalog.channel.name)
        raise ConfigurationError(words)


def _is_used(root: str, catalog: Catalog) -> bool:
    siblings = Catalog.objects.active().filter(channel=catalog.channel_id, category_root=root)
    return siblings.exclude(pk=catalog.pk).exists()


def _tree(catalog: Catalog, client: PimClient) -> list[Category]:
    try:
        found = categories(client)
    except Forbidden as error:
        raise ConfigurationError(_NOT_PERMITTED, detail=error.detail) from error
    root = catalog.category_root
    if all(one.code != root for one in found):
        raise ConfigurationError(_NO_ROOT.format(code=root, channel=catalog.channel.name))
    return [
        Category(
            one.code,
            None if one.parent == root else one.parent,
            _labels(one, catalog),
            one.position,
        )
        for one in _below(root, found)
    ]


def _below(root: str, found: Iterable[PimCategory]) -> list[PimCategory]:
    """Return what is below the root, parents before their children, siblings in their order."""
    children: dict[str | None, list[PimCategory]] = {}
    for one in found:
        children.setdefault(one.parent, []).append(one)
    below: list[PimCategory] = []
    level = [root]
    while level:
        here = [one for code in level for one in _in_order(children.pop(code, []))]
        below += here
        level = [one.code for one in here]
    return below


def _in_order(siblings: list[PimCategory]) -> list[PimCategory]:
    return sorted(siblings, key=lambda one: one.position)


def _labels(category: PimCategory, catalog: Catalog) -> dict[str, str]:
    """Return the labels by the channel's languages; without any settings, by the PIM's locales."""
    if not catalog.locales:
        return category.labels
    return {
        language: category.labels[locale]
        for locale, language in catalog.locales.items()
        if locale in category.labels
    }


def _digest(tree: list[Category]) -> str:
    rows = [(one.code, one.parent, sorted(one.labels.items()), one.position) for one in tree]
    return seen_digest(msgspec.json.encode(rows))
