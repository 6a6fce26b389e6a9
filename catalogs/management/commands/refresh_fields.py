import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from catalogs.mapping import problems_in, send_to_all
from catalogs.models import Channel
from catalogs.own_fields import (
    look_at_fields,
    reads_fields,
    store_refreshed,
    warning_about_number,
)
from catalogs.wording import counted
from channels.own_fields import Refreshed
from channels.targets import Target
from connections.command_line import FerryCommand, Refusal


class Command(FerryCommand):
    help = (
        "Ask a channel for its own fields and say what would change; with --apply store that and "
        "send it to the channel's catalogs in the PIM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("channel", metavar="CHANNEL_ID", type=int)
        parser.add_argument("--apply", action="store_true", help="store it and send it to the PIM")

    def run(self, **options: Any) -> None:
        channel = _channel(options["channel"])
        found = look_at_fields(channel)
        warning = warning_about_number(channel, found.fields)
        answer: dict[str, Any] = {
            "id": channel.pk,
            "name": channel.name,
            "applied": False,
            **_changes(found),
            "retyped": [stored.code for stored, _ in found.retyped],
            "sent": 0,
        }
        if not options["apply"]:
            again = "Nothing was stored: give --apply." if found.changes_something else ""
            self._answer(f"{_sentence(found)} {again} {warning}", answer, [])
            return
        if not store_refreshed(channel, found, seen=channel.targets):
            raise Refusal("Somebody else changed the channel's fields meanwhile. Do it once more.")
        sent = send_to_all(channel)
        problems = problems_in(sent)
        answer.update(applied=True, sent=len(sent) - len(problems))
        catalogs = counted(answer["sent"], "catalog")
        self._answer(f"{_sentence(found)} Sent to {catalogs}. {warning}", answer, problems)

    def _answer(self, sentence: str, answer: dict[str, Any], problems: Sequence[str]) -> None:
        self.say(sentence.strip(), {**answer, "problems": problems} if problems else answer)
        if problems:
            self.stdout.flush()
            self.stderr.write(" ".join(" ".join(problems).split()))
            sys.exit(1)


def _channel(pk: int) -> Channel:
    rows = Channel.objects.select_related("connection").filter(removing_since=None)
    channel = rows.filter(pk=pk).first()
    if channel is None:
        raise Refusal(f"There is no channel {pk}. See sync_status for the ids.")
    if not reads_fields(channel):
        raise Refusal(f"“{channel.name}” tells no fields of its own: there is nothing to refresh.")
    return channel


def _groups(found: Refreshed) -> list[tuple[str, str, Sequence[Target]]]:
    return [
        ("added", "new", found.added),
        ("gone", "no longer at the channel", found.gone),
        ("back", "back", found.back),
        ("described_anew", "with another title or help", found.described_anew),
        ("needed_now", "needed from now on", found.needed_now),
        ("needed_no_more", "not needed any more", found.needed_no_more),
    ]


def _changes(found: Refreshed) -> dict[str, list[str]]:
    return {name: [one.code for one in targets] for name, _, targets in _groups(found)}


def _sentence(found: Refreshed) -> str:
    said = [
        f"{counted(len(targets), 'field')} {what}: {', '.join(one.code for one in targets)}."
        for _, what, targets in _groups(found)
        if targets
    ]
    retyped = [stored.code for stored, _ in found.retyped]
    if retyped:
        said.append(f"Of another type at the channel, and left as they are: {', '.join(retyped)}.")
    return " ".join(said) or "The channel has the fields that are here already."
