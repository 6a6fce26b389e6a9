"""Single products of a catalog of models: found by uuid, read as what they belong to."""

from collections.abc import Callable, Collection

from django.db import transaction

from pim.client import PimClient
from pim.values import RawProduct
from sync import ownership
from sync.explaining import refuse_disabled
from sync.keys import is_uuid
from sync.model_reading import confirm_variants, read_models, roots_of
from sync.model_recording import let_go_of_variants
from sync.models import Listing, Run
from sync.pull import read_one_by_one


def pull_single_models(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> list[RawProduct]:
    """Return what the PIM has of the run's products: simple ones, and models with all variants.

    A variant that was not known as one becomes its model among the run's keys. Raises
    OutboundError, also for an incomplete list of variants, and RunLost.
    """
    catalog = run.catalog
    uuids = [key for key in run.keys if is_uuid(key)]
    roots = roots_of(catalog, uuids, client)
    codes = {key for key in run.keys if not is_uuid(key)}
    codes |= {code for code in roots.values() if code is not None}
    _be_about(run, roots, codes)
    simple = [uuid for uuid in uuids if roots.get(uuid) is None]
    found = read_one_by_one(catalog, simple, client, go_on=go_on, sleep=sleep)
    models = read_models(catalog, codes, client, go_on=go_on, sleep=sleep)
    if models.emptied:  # the PIM says so of a catalog that is gone, too
        refuse_disabled(catalog, client)
    moved = confirm_variants(catalog, models, client)
    let_go_of_variants(run, {each for each in moved if each[0] in models.emptied})
    return found + models.models


def _be_about(run: Run, roots: dict[str, str | None], codes: Collection[str]) -> None:
    """Let the run be about the models of variants; about these only if they were simple before."""
    variants = {uuid for uuid, code in roots.items() if code is not None}
    were_simple = Listing.objects.filter(catalog=run.catalog, key__in=variants)
    keys = {key for key in run.keys if key not in variants} | set(codes)
    keys |= set(were_simple.values_list("key", flat=True))
    if keys != set(run.keys):
        with transaction.atomic():
            ownership.update(run, keys=sorted(keys))
