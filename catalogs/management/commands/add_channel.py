from typing import Any

from django.core.management.base import CommandParser

from catalogs.channels import create_channel
from catalogs.own_fields import first_look, reads_fields
from channels.registry import KINDS
from connections.command_line import FerryCommand, Refusal, connection_at


class Command(FerryCommand):
    help = "Create a channel: an external destination for products of one PIM."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        parser.add_argument("--kind", required=True, help=", ".join(KINDS))
        parser.add_argument("--set", metavar="key=value", action="append", default=[])

    def run(self, **options: Any) -> None:
        values = dict(_setting(text) for text in options["set"])
        connection = connection_at(options["pim"])
        channel = create_channel(
            connection, name=options["name"], kind=options["kind"], values=values, by_staff=True
        )
        answer: dict[str, Any] = {"id": channel.pk, "name": channel.name, "kind": channel.kind}
        look = first_look(channel)
        if reads_fields(channel):
            answer["fields"] = look.number
        if look.remark:
            answer["remark"] = look.remark
        said = f"Channel {channel.pk} “{channel.name}” ({channel.kind}) is there. {look.remark}"
        self.say(said.rstrip(), answer)


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        # The text may hold a secret: never repeat it.
        raise Refusal("Write each setting as --set key=value.")
    return name.strip(), value
