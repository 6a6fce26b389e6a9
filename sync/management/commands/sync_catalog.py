import sys
from typing import Any

from django.core.management.base import CommandParser

from catalogs.models import Catalog
from connections.command_line import FerryCommand, Refusal
from sync.foreground import Busy, run_here
from sync.models import Run


class Command(FerryCommand):
    help = "Sync one catalog now, in the foreground; no worker is needed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("catalog", metavar="ID", type=int)
        parser.add_argument("--full", action="store_true", help="read everything")
        parser.add_argument("--dry-run", action="store_true", help="write nothing outside")

    def run(self, **options: Any) -> None:
        catalog = (
            Catalog.objects.select_related("channel__connection")
            .filter(pk=options["catalog"])
            .first()
        )
        if catalog is None:
            raise Refusal(f"There is no catalog {options['catalog']}. See sync_status for the ids.")
        dry_run = options["dry_run"]
        try:
            run = run_here(catalog, full=options["full"], dry_run=dry_run)
        except Busy as busy:
            self._answer(_busy(busy.run, dry_run=dry_run))
        else:
            self._answer(_ended(run))

    def _answer(self, answer: dict[str, Any]) -> None:
        self.say(_sentence(answer), answer)
        if answer["status"] != Run.Status.SUCCEEDED:
            self.stdout.flush()
            self.stderr.write(answer.get("problem") or answer["status"])
            sys.exit(1)


def _ended(run: Run) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": run.status,
        "mode": run.mode,
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
    if run.status != Run.Status.SUCCEEDED:
        answer["problem"] = run.problem
    return answer


def _busy(run: Run, *, dry_run: bool) -> dict[str, Any]:
    counts = dict.fromkeys(("pulled", "changed", "pushed", "withdrawn", "failed", "held"), 0)
    return {
        "status": Run.Status.STOPPED.value,
        "mode": run.mode,
        "dry_run": dry_run,
        **counts,
        "seconds": 0.0,
        "problem": f"Run {run.pk} of this catalog is under way. Try again when it has ended.",
    }


def _sentence(answer: dict[str, Any]) -> str:
    if answer["dry_run"]:
        return (
            f"Dry run: read {answer['pulled']} products, {answer['changed']} would be sent, "
            f"{answer.get('leaving', 0)} would be withdrawn. Nothing was changed."
        )
    return (
        f"{answer['status'].capitalize()}: read {answer['pulled']} products, "
        f"{answer['changed']} changed, {answer['pushed']} sent, {answer['withdrawn']} withdrawn, "
        f"{answer['failed']} refused, {answer['held']} held, in {answer['seconds']} s."
    )
