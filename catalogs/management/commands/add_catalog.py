from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from catalogs.content import create_with_content
from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from catalogs.schedules import parse_every
from channels.settings import InvalidSettings
from connections.command_line import FerryCommand, Refusal, connection_at

# The options of what products carry: one value, or several of KEY=VALUE, with their settings.
_VALUES = {
    "locale": ("locale", "LOCALE", "default language, by its locale in the PIM"),
    "complete_for": ("complete_for", "CHANNEL", "only products complete for this PIM channel"),
    "when_incomplete": ("when_incomplete", "WHAT", ", ".join(Catalog.OnLeaving.values)),
    "root": ("category_root", "CODE", "the category whose tree is carried"),
}
_TABLES = {
    "language": ("locales", "LOCALE=LANGUAGE", "what a locale is called on the channel"),
    "when_missing": ("when_missing", "LANGUAGE=WHAT", ", ".join(Catalog.OnMissing.values)),
    "relation": ("relations", "TYPE=RELATION", "what an association type becomes"),
    "shop": ("shops", "VALUE=ID", "which shop a value of the target “shops” means"),
    "set_when": ("set_when", "TARGET=WHEN", ", ".join(Catalog.SetWhen.values)),
}


class Command(FerryCommand):
    help = "Create a catalog in the PIM and link it to a channel."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        parser.add_argument("--channel", metavar="ID", type=int, required=True)
        parser.add_argument("--every", default=f"{DEFAULT_EVERY}m", help="15m, 2h, 1d")
        parser.add_argument(
            "--raw", action="store_true", help="products as the PIM stores them, no mapping schema"
        )

        parser.add_argument(
            "--models",
            action="store_true",
            help="models with their variants, and simple products beside them",
        )
        content = parser.add_argument_group("what products carry")
        for option, (_, metavar, words) in _VALUES.items():
            content.add_argument(_written(option), metavar=metavar, help=words)
        content.add_argument(
            "--currency",
            metavar="CODE",
            action="append",
            default=[],
            help="one that prices are given in; may be given several times",
        )
        for option, (_, metavar, words) in _TABLES.items():
            words = f"{words}; may be given several times"
            content.add_argument(
                _written(option), metavar=metavar, action="append", default=[], help=words
            )

    def run(self, **options: Any) -> None:
        every = parse_every(options["every"])
        content = _content(options)
        connection = connection_at(options["pim"])
        channel = Channel.objects.filter(
            connection=connection, pk=options["channel"], removing_since=None
        ).first()
        if channel is None:
            raise Refusal(f"There is no channel {options['channel']} for {connection.pim_url}.")
        shape = Catalog.Shape.MODELS if options["models"] else Catalog.Shape.FLAT
        try:
            catalog = create_with_content(
                *(channel, content),
                name=options["name"],
                every=every,
                raw=options["raw"],
                shape=shape,
            )
        except InvalidSettings as error:
            raise Refusal(_wrong(error)) from error
        answer = {
            "id": catalog.pk,
            "pim_catalog_id": catalog.pim_catalog_id,
            "configure_url": catalog.configure_url,
        }
        if content:
            answer["content"] = {name: getattr(catalog, name) for name in sorted(content)}
        self.say(
            f"Catalog {catalog.pk} “{catalog.name}” was created in the PIM. "
            f"Enable and map it there: {catalog.configure_url}",
            answer,
        )


def _content(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, by setting."""
    content: dict[str, Any] = {
        setting: options[option]
        for option, (setting, _, _) in _VALUES.items()
        if options[option] is not None
    }
    if options["currency"]:
        content["currencies"] = options["currency"]
    for option, (setting, metavar, _) in _TABLES.items():
        if options[option]:
            content[setting] = _table(options[option], f"{_written(option)} {metavar}")
    return content


def _table(texts: Sequence[str], written: str) -> dict[str, str]:
    """Return KEY=VALUE texts as a table. The last = divides: codes may hold one, words do not."""
    table = {}
    for text in texts:
        key, separator, value = text.rpartition("=")
        if not separator or not key.strip() or not value.strip():
            raise Refusal(f"Write it like {written}.")
        table[key.strip()] = value.strip()
    return table


def _wrong(error: InvalidSettings) -> str:
    """Return each sentence behind the option it is about."""
    names = {setting: option for option, (setting, _, _) in (_VALUES | _TABLES).items()}
    names["currencies"] = "currency"
    return " ".join(f"{_written(names[name])}: {said}" for name, said in error.errors.items())


def _written(option: str) -> str:
    return f"--{option.replace('_', '-')}"
