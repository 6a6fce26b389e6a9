"""The settings of the `file` channel, and which of them go together."""

import re
from collections.abc import Mapping
from dataclasses import replace

from channels.base import InvalidSettings, Setting
from channels.file.columns import read_codes, read_columns
from channels.file.destinations import BucketAddress, SftpAddress, read_address
from channels.file.host_keys import read_pins
from channels.media import MEDIA_SETTING
from channels.settings import Group
from outbound.sentences import Sentence, Title

COMPLETE, CHANGES = "complete", "changes"
FORMATS = (
    ("jsonl", "JSON Lines"),
    ("csv", "CSV"),
    ("xlsx", "Excel (XLSX)"),
    ("google", "Google Merchant Center"),
)

DESTINATION = Group("Where it goes")
SFTP = Group("For an SFTP server: how to log in", for_some=True)
S3 = Group("For a bucket of S3: how to log in", for_some=True)
CONTENT = Group("The file")
TABLES = Group("For CSV and Excel: columns and numbers", for_some=True)
GOOGLE = Group("For Google Merchant Center: currency", for_some=True)
REFUSALS = Group("Refusals of whoever reads the file", for_some=True)

SETTINGS = (
    Setting(
        "destination",
        "Destination",
        "A folder on the machine where this app runs, such as /srv/feeds; an SFTP server, such as "
        "sftp://user@files.example.com/in; or a bucket of S3, such as s3://bucket/feeds. A folder "
        "is created if it does not exist.",
        required=True,
        kind="folder",
        group=DESTINATION,
    ),
    Setting(
        "host_key",
        "Host key",
        "How the server proves that it is the right one. Leave it empty at first and press Check, "
        "which shows the key of the server as SHA256:…. Ask whoever runs the server whether it is "
        "theirs, then enter it here; several with commas between them. Nothing is sent before.",
        group=SFTP,
    ),
    Setting(
        "password",
        "Password",
        "The password of the user in the destination. Who signs in with a private key enters its "
        "passphrase here, if it has one.",
        secret=True,
        group=SFTP,
    ),
    Setting(
        "private_key",
        "Private key",
        "Only if the server wants a key in place of a password: all of it as OpenSSH writes it, "
        "with its first and its last line.",
        secret=True,
        kind="lines",
        group=SFTP,
    ),
    Setting(
        "access_key",
        "Access key",
        "The id of a key that may put objects into the bucket, such as AKIA….",
        group=S3,
    ),
    Setting(
        "secret_key",
        "Secret key",
        "The secret that was shown with the access key when it was made.",
        secret=True,
        group=S3,
    ),
    Setting(
        "region",
        "Region",
        "Where the bucket is, such as eu-central-1. Empty: us-east-1.",
        group=S3,
    ),
    Setting(
        "endpoint",
        "Endpoint",
        "Only for other services that speak like S3: their address. Empty for Amazon's own.",
        kind="url",
        group=S3,
    ),
    Setting(
        "format",
        "Format",
        "JSON Lines has one product a line with everything in it; CSV and Excel are tables; Google "
        "is the product feed that Merchant Center fetches, checked by its rules.",
        default="jsonl",
        kind="choice",
        choices=FORMATS,
        group=CONTENT,
    ),
    Setting(
        "name",
        "File name",
        "Without its ending: “products” becomes products.jsonl, products.csv, products.xlsx or "
        "products.xml.",
        default="products",
        group=CONTENT,
    ),
    Setting(
        "content",
        "What a file holds",
        "All products: one file, which is replaced as a whole. Only changes: a new file each time, "
        "with the time and a number in its name, and another with what was taken away.",
        default=COMPLETE,
        kind="choice",
        choices=((COMPLETE, "All products"), (CHANGES, "Only changes")),
        group=CONTENT,
    ),
    replace(MEDIA_SETTING, group=CONTENT),
    Setting(
        "columns",
        "Columns",
        "For CSV and Excel: one a line and in their order, a field such as name, or the header and "
        "the field, such as Title=name. A text in quotes is the same for all products, such as "
        'Condition="New". Empty: a column for each field.',
        kind="lines",
        group=TABLES,
    ),
    Setting(
        "categories",
        "Category codes",
        "For CSV and Excel: the marketplace's code for each category, one a line, such as "
        "Backpacks=1234; * stands for all others. A product whose category has no code is refused.",
        kind="lines",
        group=TABLES,
    ),
    Setting(
        "separator",
        "Separator",
        "For CSV: what stands between two columns.",
        default="comma",
        kind="choice",
        choices=(("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab")),
        group=TABLES,
    ),
    Setting(
        "encoding",
        "Encoding",
        "For CSV: how letters are stored. A product with a character that the encoding does not "
        "have is refused.",
        default="utf-8",
        kind="choice",
        choices=(
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8 with byte order mark (for Excel)"),
            ("cp1252", "Windows-1252"),
            ("latin-1", "Latin-1 (ISO 8859-1)"),
        ),
        group=TABLES,
    ),
    Setting(
        "decimal",
        "Decimal sign",
        "For CSV: how 19.90 is written.",
        default="point",
        kind="choice",
        choices=(("point", "Point: 19.90"), ("comma", "Comma: 19,90")),
        group=TABLES,
    ),
    Setting(
        "currency",
        "Currency",
        "For Google: the currency of prices that come as a plain number, such as EUR.",
        group=GOOGLE,
    ),
    Setting(
        "refusals",
        "Refusal report",
        "Whether a report of refused products is read before each run: a CSV with key and message "
        "that lies beside the feed, named products.refused.csv. Its products are marked with the "
        "message.",
        default="no",
        kind="choice",
        choices=(("no", "Only when somebody uploads one"), ("beside", "Read it beside the feed")),
        group=REFUSALS,
    ),
    Setting(
        "refusal_columns",
        "Columns of the report",
        "The headers of the key and of the message in that report, such as sku, error. Empty: they "
        "are found by the usual names.",
        group=REFUSALS,
    ),
)

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_PARTS = {"columns": read_columns, "categories": read_codes, "host_key": read_pins}


def clean(name: str, value: str) -> str:
    """One setting's value in order; raises ValueError with a sentence."""
    if name == "destination":
        return str(read_address(value))
    if name == "name" and not _NAME.fullmatch(value):
        raise ValueError(
            Sentence(
                "“File name” may have letters without accents, digits, dots, hyphens "
                "and underscores, at most 100, and must not begin with a dot."
            )
        )
    if name in _PARTS and value:
        _PARTS[name](value)
    if name == "currency" and value and not re.fullmatch("[A-Z]{3}", value := value.upper()):
        raise ValueError(Sentence("“Currency” must be three letters, such as EUR."))
    if name == "refusal_columns" and value and len(value.split(",")) != 2:
        raise ValueError(
            Sentence("“Columns of the report” must be two headers with a comma between them.")
        )
    return value


def refuse_what_does_not_go_together(values: Mapping[str, str]) -> None:
    """Raise InvalidSettings for what is missing for the chosen destination or format."""
    address = read_address(values["destination"])
    errors: dict[str, str] = {}
    if isinstance(address, SftpAddress) and not (values["password"] or values["private_key"]):
        sentence = Sentence("An SFTP server wants a password, or a private key.")
        errors["password"] = sentence
    if isinstance(address, BucketAddress):
        for name, label in (("access_key", "Access key"), ("secret_key", "Secret key")):
            if not values[name]:
                errors[name] = Sentence(
                    "“%(label)s” is missing: a bucket of S3 wants one.", label=Title(label)
                )
    if values["format"] == "google" and values["content"] == CHANGES:
        errors["content"] = Sentence("Google takes whole feeds only. Choose all products.")
    if errors:
        raise InvalidSettings(errors)
