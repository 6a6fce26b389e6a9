"""A single batch, where a run claims and reads several in one go."""

from channels.base import ChannelProduct
from sync.batches import claim_batches, contents_of_all
from sync.models import Batch, Run
from sync.models.batches import Action


def claim_batch(run: Run, action: Action, size: int) -> Batch | None:
    batches = claim_batches(run, action, size, 1)
    return batches[0] if batches else None


def contents_of(batch: Batch) -> list[ChannelProduct] | None:
    return contents_of_all([batch])[0]
