"""A bundle for whoever helps: how everything of one PIM stands, without secrets and products."""

import json
import platform
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import django
import msgspec
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection as database
from django.db.models import Count, Field, Max, Min, Model, QuerySet
from django.utils import timezone

from catalogs.models import Channel
from connections.fields import EncryptedTextField
from connections.languages import as_stored
from connections.models import AuditRecord, Circuit, Connection, PimUser
from enrichment.models import Offer, Proposal, Source
from outbound.redaction import MASK
from sync.models import Listing, Notice, Run
from sync.status import fetched, lines_of

_NOT_TOLD = {"keys", "owner"}  # products that a run is about; a process
_Action = AuditRecord.Action
_ABOUT_PEOPLE = (
    *(_Action.SIGNED_IN, _Action.SESSIONS_ENDED, _Action.ROLE_CHANGED),
    *(_Action.INVITED, _Action.INVITATION_USED),
)
_RUNS = 200
_PROBLEMS = 100
_ACTS = 200
# What stands in an address for whoever may use it: user, password, and everything asked for.
_IN_ADDRESSES = re.compile(r"(?<=://)[^/@\s]+@|(?<=\?)[^\s\"]+")

_SOMEBODY = "somebody"

_README = """How Ferry stands for {pim}, as of {at}: for the people who help you.

There are no tokens, passwords or keys in it, no names of people, and no products but the
identifiers of those in problems. Addresses are without what may give access.

about.json       versions, and which parts of the installation are set up
status.jsonl     every connection, channel and catalog of this PIM in a word
channels.json    kind and settings of each channel
catalogs.json    settings of each catalog
runs.json        the last {runs} runs
problems.json    what products wait for, by the sentence, with how many
offers.json      the last {runs} offers of values to the PIM, with how many are in which state
sources.json     where such values come from
notices.json     what people were told
silent.json      PIMs and channels that do not answer at present
acts.json        the last {acts} changes of settings and decisions, without who
"""


def support_bundle(connection: Connection) -> bytes:
    """Return a zip archive; small, however large the catalogs are.

    In English, whoever asks for it: it is for those who help.
    """
    with as_stored():
        return _bundle(connection)


def _bundle(connection: Connection) -> bytes:
    of_pim = {"connection": connection}
    whole = fetched(connection)
    channels = [channel for one in whole for channel in one.channels.all()]
    people = list(connection.people.only("connection", "firstname", "lastname", "role"))
    contents = {
        "about.json": _about(connection, people),
        "channels.json": [_row(one) for one in channels],
        "catalogs.json": [_row(one) for channel in channels for one in channel.catalogs.all()],
        "runs.json": _rows(Run.objects.filter(catalog__channel__connection=connection)[:_RUNS]),
        "problems.json": _problems_of(channels),
        "offers.json": _offers_of(connection),
        "sources.json": _rows(Source.objects.filter(**of_pim)),
        "notices.json": _rows(Notice.objects.filter(**of_pim)[:_PROBLEMS]),
        "silent.json": _rows(Circuit.objects.filter(**of_pim)),
        "acts.json": _acts_of(connection),
    }
    names = _names_of(people)
    lines = "".join(f"{_written(_careful(line, names))}\n" for line in lines_of(whole))
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        at = timezone.now().isoformat(timespec="seconds")
        readme = _README.format(pim=connection.pim_url, at=at, runs=_RUNS, acts=_ACTS)
        archive.writestr("README.txt", readme)
        archive.writestr("status.jsonl", lines)
        for name, content in contents.items():
            written = _written(_careful(content, names))
            archive.writestr(name, msgspec.json.format(written, indent=2))  # faster than `json`
    return file.getvalue()


def _about(connection: Connection, people: Iterable[PimUser]) -> dict[str, Any]:
    return {
        "ferry": settings.VERSION,
        "python": platform.python_version(),
        "django": django.get_version(),
        "database": database.vendor,
        "broker": settings.CELERY_BROKER_URL.partition(":")[0],
        "redis": bool(settings.REDIS_URL),
        "custom_app": bool(connection.client_id),
        "state": connection.state,
        "scopes": connection.scopes,
        "connected_at": connection.connected_at,
        "problem": connection.problem,
        "people": Counter(person.role for person in people),
    }


def _problems_of(channels: list[Channel]) -> list[Any]:
    """Return the sentences that most products wait for, each with two of the products.

    By their catalogs, which the index of listings begins with.
    """
    catalogs = [catalog.pk for channel in channels for catalog in channel.catalogs.all()]
    troubled = Listing.objects.filter(catalog__in=catalogs).exclude(problem="")
    parked = troubled.filter(status__in=(Listing.Status.PARKED, Listing.Status.WAITING))
    sentences = parked.order_by().values("channel__name", "status", "failure", "problem")
    most = sentences.annotate(products=Count("pk"), first=Min("identifier"), last=Max("identifier"))
    problems: list[Any] = list(most.order_by("-products")[:_PROBLEMS])
    for one in problems:
        one["such_as"] = sorted({one.pop("first"), one.pop("last")})
    return problems


def _offers_of(connection: Connection) -> list[Any]:
    """Return the last offers, without their values."""
    offers = Offer.objects.filter(connection=connection).order_by("-pk")[:_RUNS]
    rows = _rows(offers)
    states = Proposal.objects.filter(offer__in=[one["id"] for one in rows]).order_by()
    for row in rows:
        row["values"] = {}
    by_pk = {row["id"]: row for row in rows}
    for offer, state, number in states.values_list("offer", "state").annotate(number=Count("*")):
        by_pk[offer]["values"][state] = number
    return rows


def _acts_of(connection: Connection) -> list[Any]:
    """Return what was done, but not by whom, nor what was done to people."""
    acts = AuditRecord.objects.filter(pim_url=connection.pim_url).exclude(action__in=_ABOUT_PEOPLE)
    return list(acts.values("at", "actor_kind", "action", "subject", "details")[:_ACTS])


def _row(one: Model) -> dict[str, Any]:
    return {name: getattr(one, name) for name in map(_told, one._meta.concrete_fields) if name}


def _rows(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return list(rows.values(*filter(None, map(_told, rows.model._meta.concrete_fields))))


def _told(field: "Field[Any, Any]") -> str:
    """Return the name of a field that may be told, "" for others."""
    is_secret = isinstance(field, EncryptedTextField)
    is_told = not (is_secret or field.name in _NOT_TOLD or field.name.endswith("_by"))
    return field.attname if is_told else ""


def _written(content: Any) -> str:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False)


def _names_of(people: Iterable[PimUser]) -> re.Pattern[str]:
    """Whoever has been here from the PIM, as sentences name them: who paused, who disconnected."""
    longest_first = sorted({re.escape(one.name) for one in people}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first) or '(?!)'})(?!\w)")


def _careful(content: Any, names: re.Pattern[str]) -> Any:
    """Return what is to be told with nobody's name and no secret of an address in its texts."""
    match content:
        case str():
            return _masked(names.sub(_SOMEBODY, content))
        case dict():
            return {_masked(key): _careful(value, names) for key, value in content.items()}
        case list() | tuple():
            return [_careful(value, names) for value in content]
    return content


def _masked(text: str) -> str:
    may_be_address = "?" in text or "@" in text  # of thousands of texts nearly none
    return _IN_ADDRESSES.sub(MASK, text) if may_be_address else text
