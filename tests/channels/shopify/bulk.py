"""The stand-in's bulk operations: one at a time, done some seconds after they were started."""

import json
from collections.abc import Callable
from typing import Any

from tests.channels.shopify.state import Node, Shop, error, resolves

_UNDER_WAY = ("CREATED", "RUNNING")

Run = Callable[[str, dict[str, Any]], Node]


@resolves("Mutation", "bulkOperationRunMutation")
def _start(shop: Shop, _: Node, args: Node) -> Node:
    staged = shop.staged.get(args["stagedUploadPath"])
    if staged is None or staged["content"] is None:
        wrong = error(["stagedUploadPath"], "The file could not be found", "NO_SUCH_FILE")
        return {"bulkOperation": None, "userErrors": [wrong]}
    if any(one["status"] in _UNDER_WAY for one in shop.all("BulkOperation")):
        wrong = error([], "A bulk operation is already in progress", "OPERATION_IN_PROGRESS")
        return {"bulkOperation": None, "userErrors": [wrong]}
    operation = shop.add(
        "BulkOperation",
        status="CREATED",
        errorCode=None,
        url=None,
        partialDataUrl=None,
        mutation=args["mutation"],
        lines=staged["content"].decode().splitlines(),
        until=shop.clock.now() + shop.bulk_seconds,
    )
    return {"bulkOperation": operation, "userErrors": []}


@resolves("QueryRoot", "bulkOperation")
def _operation(shop: Shop, _: Node, args: Node) -> Node | None:
    return shop.nodes.get(args["id"])


def work_on_bulk(shop: Shop, run: Run) -> None:
    """Do what is due. How it ends, and after how many lines, the test says beforehand."""
    for operation in shop.all("BulkOperation"):
        if operation["status"] == "CREATED":
            operation["status"] = "RUNNING"
        elif operation["status"] == "RUNNING" and shop.clock.now() >= operation["until"]:
            _finish(shop, operation, run)


def _finish(shop: Shop, operation: Node, run: Run) -> None:
    operation["status"] = shop.bulk_ends
    answers = []
    for number, line in enumerate(operation["lines"][: shop.bulk_lines]):
        answer = run(operation["mutation"], json.loads(line))
        answers.append(json.dumps({**answer, "__lineNumber": number}))
    path = f"/results/{operation['id'].rsplit('/', 1)[-1]}.jsonl"
    shop.results[path] = "\n".join(answers).encode()
    address = f"{shop.url}{path}"
    if operation["status"] == "COMPLETED":
        operation["url"] = address
    else:
        operation["errorCode"] = "INTERNAL_SERVER_ERROR"
        operation["partialDataUrl"] = address if answers else None
