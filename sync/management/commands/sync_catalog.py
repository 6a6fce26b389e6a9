import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from catalogs.models import Catalog
from connections.command_line import FerryCommand, Refusal
from sync.differences import as_csv, as_json_lines
from sync.foreground import NotStarted, run_here
from sync.models import Difference, Run
from sync.pull import ONE_BY_ONE
from sync.runs import mode_due

_FORMATS = {".csv": as_csv, ".jsonl": as_json_lines}


class Command(FerryCommand):
    help = "Sync one catalog now, in the foreground; no worker is needed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("catalog", metavar="ID", type=int)
        parser.add_argument("--full", action="store_true", help="read everything")
        parser.add_argument("--dry-run", action="store_true", help="write nothing outside")
        parser.add_argument(
            "--product",
            metavar="UUID",
            action="append",
            default=[],
            help="only this product, of a variant its whole model; may be given several times",
        )
        parser.add_argument(
            "--difference",
            metavar="FILE",
            type=Path,
            help="of a dry run: write what would change into a new .csv or .jsonl file",
        )

    def run(self, **options: Any) -> None:
        catalog = (
            Catalog.objects.select_related("channel__connection")
            .filter(pk=options["catalog"])
            .first()
        )
        if catalog is None:
            raise Refusal(f"There is no catalog {options['catalog']}. See sync_status for the ids.")
        full, dry_run, file = options["full"], options["dry_run"], options["difference"]
        products = _keys(options["product"])
        if products and (full or dry_run):
            raise Refusal("--product goes with neither --full nor --dry-run.")
        if file is not None:
            _refuse_file(file, dry_run=dry_run)
        try:
            run = run_here(catalog, full=full, dry_run=dry_run, products=products)
        except NotStarted as stopped:
            mode = Run.Mode.FULL if full or dry_run else mode_due(catalog)
            if products:
                mode = Run.Mode.PRODUCT
            self._answer(_not_started(stopped.problem, mode, dry_run=dry_run))
        else:
            if file is not None and run.status == Run.Status.SUCCEEDED:
                _write_difference(run, file)
            self._answer(_ended(run, of_products=bool(products)))

    def _answer(self, answer: dict[str, Any]) -> None:
        self.say(_sentence(answer), answer)
        if answer["status"] != Run.Status.SUCCEEDED:
            self.stdout.flush()
            self.stderr.write(" ".join(answer["problem"].split()))
            sys.exit(1)


def _keys(products: Sequence[str]) -> list[str]:
    """Return the uuids as the PIM writes them."""
    try:
        keys = sorted({str(UUID(product)) for product in products})
    except ValueError:
        raise Refusal(
            "--product takes the uuid of a product, as in the address of its page in Akeneo."
        ) from None
    if len(keys) > ONE_BY_ONE:
        raise Refusal(f"At most {ONE_BY_ONE} products at once; sync the whole catalog instead.")
    return keys


def _refuse_file(file: Path, *, dry_run: bool) -> None:
    if not dry_run:
        raise Refusal("--difference is the difference of a dry run: give --dry-run as well.")
    if file.suffix not in _FORMATS:
        raise Refusal(f"{file} must end in .csv or .jsonl: its name says the format.")
    if file.exists():
        raise Refusal(f"{file} is there already. Name another file.")
    if not file.parent.is_dir():
        raise Refusal(f"There is no folder {file.parent}. Make it, or name another file.")


def _write_difference(run: Run, file: Path) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="") as stream:
            stream.writelines(_FORMATS[file.suffix](Difference.objects.filter(run=run)))
    except OSError as error:
        raise Refusal(
            f"{file} could not be written: {error.strerror or error}. The difference is kept with "
            f"run {run.pk} for two weeks; its page offers it too."
        ) from error


def _ended(run: Run, *, of_products: bool) -> dict[str, Any]:
    mode: str = run.mode
    if of_products:
        mode = Run.Mode.PRODUCT
    elif mode not in (Run.Mode.FULL, Run.Mode.DELTA):
        # Interrupted while it took up another kind of run: tell the mode that was to follow.
        mode = mode_due(run.catalog)
    answer: dict[str, Any] = {
        "status": run.status,
        "mode": mode,
        "dry_run": run.dry_run,
        "pulled": run.pulled,
        "changed": run.changed,
        "pushed": run.pushed,
        "withdrawn": run.withdrawn,
        "failed": run.failed,
        "held": run.held,
        "seconds": round(run.seconds, 3),
        "run": run.pk,
    }
    if run.dry_run:
        answer["leaving"] = run.leaving
    if run.note:
        answer["note"] = run.note
    if run.status != Run.Status.SUCCEEDED:
        answer["problem"] = run.problem
    return answer


def _not_started(problem: str, mode: Run.Mode, *, dry_run: bool) -> dict[str, Any]:
    counts = dict.fromkeys(("pulled", "changed", "pushed", "withdrawn", "failed", "held"), 0)
    return {
        "status": Run.Status.STOPPED.value,
        "mode": mode.value,
        "dry_run": dry_run,
        **counts,
        "seconds": 0.0,
        "problem": problem,
    }


def _sentence(answer: dict[str, Any]) -> str:
    if answer["dry_run"] and answer["status"] != Run.Status.SUCCEEDED:
        return f"Dry run {answer['status']}: nothing was changed."
    if answer["dry_run"]:
        return (
            f"Dry run: read {answer['pulled']} products, {answer['changed']} differ from before, "
            f"{answer.get('leaving', 0)} would be withdrawn. Nothing was changed."
        )
    note = f" {answer['note']}" if "note" in answer else ""
    return (
        f"{answer['status'].capitalize()}: read {answer['pulled']} products, "
        f"{answer['changed']} changed, {answer['pushed']} sent, {answer['withdrawn']} withdrawn, "
        f"{answer['failed']} refused, {answer['held']} held, in {answer['seconds']} s.{note}"
    )
