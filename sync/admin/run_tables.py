"""The tables below a run in admin: what became of its products, in which calls."""

from typing import Any

from django.db.models import Count, Sum

from catalogs.wording import counted
from connections.admin_base import Table, change_url, changelist_url, link
from connections.paging import MOST
from sync.models import Batch, Change, Difference, Run
from sync.models.batches import Action

_BATCHES_SHOWN = 10


def tables_of(row: Run) -> list[Table]:
    if row.dry_run:
        return [differences_of(row)]
    return [sums_of(row), batches_of(row), *checkpoints_of(row)]


def sums_of(row: Run) -> Table:
    """What the channel made of its products, from the history if that is not very long."""
    changes = Change.objects.filter(run=row).order_by("action", "outcome")
    sums: Any = changes.values_list("action", "outcome").annotate(number=Count("pk"))
    if row.pushed + row.withdrawn + row.failed > MOST:
        accepted, refused = Change.Outcome.ACCEPTED.value, Change.Outcome.REFUSED.value
        counted_by_run = [
            (Action.PUSH.value, accepted, row.pushed),
            (Action.WITHDRAW.value, accepted, row.withdrawn),
            (Action.PUSH.value, refused, row.failed),
        ]
        sums = [one for one in counted_by_run if one[2]]
    rows = [
        (
            Change(action=action).get_action_display(),
            Change(outcome=outcome).get_outcome_display(),
            link(
                changelist_url(
                    Change, run__id__exact=row.pk, action__exact=action, outcome__exact=outcome
                ),
                f"{number:,}",
            ),
        )
        for action, outcome, number in sums
    ]
    return Table("What became of its products", ("What", "Outcome", "Products"), rows)


def differences_of(row: Run) -> Table:
    """What a dry run would have done, by what it is."""
    differences = Difference.objects.filter(run=row).order_by("action")
    sums = differences.values_list("action").annotate(number=Count("pk"))
    rows = [
        (
            {"push": "Would be sent", "withdraw": "Would be withdrawn"}[action],
            link(
                changelist_url(Difference, run__id__exact=row.pk, action__exact=action),
                f"{number:,}",
            ),
        )
        for action, number in sums
    ]
    return Table("What would change on the channel", ("What", "Products"), rows)


def batches_of(row: Run) -> Table:
    batches = Batch.objects.filter(run=row)
    sums = batches.aggregate(number=Count("pk"), tries=Sum("tries"))
    shown = batches.defer("items", "digest").order_by("-pk")[:_BATCHES_SHOWN]
    rows = [
        (
            link(change_url(one), str(one.key)[:8]),
            one.get_action_display(),
            one.get_state_display(),
            one.tries,
            one.problem,
        )
        for one in shown
    ]
    more = link(
        changelist_url(Batch, run__id__exact=row.pk),
        f"All {counted(sums['number'], 'batch', 'batches')}, "
        f"{counted(sums['tries'] or 0, 'call')} in all",
    )
    headers = ("Batch", "What", "State", "Tries", "Problem")
    return Table("Its last batches", headers, rows, more if rows else "")


def checkpoints_of(row: Run) -> list[Table]:
    rows = [
        (one.get_part_display(), one.pages, "Yes" if one.is_done else "No")
        for one in row.checkpoints.all()
    ]
    return [Table("Where it goes on reading", ("Part", "Pages", "Done"), rows)] if rows else []
