"""Running `sync_catalog` in this process, and reading its answer."""

from typing import Any

from catalogs.models import Catalog
from tests.programs import Ended, call

COUNTED = ("pulled", "changed", "pushed", "withdrawn", "failed", "held")
FIELDS = ["status", "mode", "dry_run", *COUNTED, "seconds"]


def sync(catalog: Catalog, *options: str) -> Ended:
    return call("sync_catalog", catalog.pk, *options, "--json")


def counts(answer: dict[str, Any]) -> dict[str, int]:
    """Everything that is counted and is not zero."""
    return {name: answer[name] for name in COUNTED if answer[name]}


def assert_stopped(ended: Ended, says: str, status: str = "stopped") -> None:
    """It has the problem in its answer, and again as the one line on standard error."""
    assert ended.status == 1
    assert ended.answer["status"] == status
    assert says in ended.answer["problem"]
    assert ended.problem == ended.answer["problem"]
