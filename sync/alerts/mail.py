"""Mails: what they say, in the reader's language and on their clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogs.wording import on_the_clock
from sync.alerts import links
from sync.models import AlertMessage, AlertSettings, Notice
from sync.notice_words import meanwhile_of, sentence_of, way_out_of

_Kind = AlertMessage.Kind
_LONGEST_SUBJECT = 200
_LONGEST_NAME = 80  # of a person
_NO_NAME = re.compile(r"[:/\\@<>]|\w\.\w{2}")  # what mail programs make links of
MOST_IN_DIGEST = 50  # of one kind of message; the others stand behind the bell


@dataclass(frozen=True, slots=True)
class Told:
    """One message as a mail shows it. `is_over`: all is well again."""

    kind: str
    about: str
    sentence: str
    meanwhile: str
    label: str
    url: str
    since: str
    is_over: bool
    is_repeated: bool


def mail_for(messages: Sequence[AlertMessage]) -> EmailMultiAlternatives:
    """Return the one mail that carries these messages of one reader or member of staff.

    They come with what they are about. The mail has the same Message-ID whenever it is made.
    """
    first, reader = messages[0], messages[0].reader
    language = reader.language if reader else settings.LANGUAGE_CODE
    zone = reader.user.zone if reader else timezone.get_default_timezone()
    with translation.override(language), timezone.override(zone):
        if first.kind == _Kind.CONFIRM and reader:
            return _mail(
                first, _("Confirm your address for alerts"), "confirm", _to_confirm(reader)
            )
        if first.kind == _Kind.TEST:
            return _mail(first, _("A test: alerts reach you"), "test", {})
        told = [told_of(one) for one in messages]
        if first.in_digest:
            subject = _subject_of_day(told, is_first=_is_first(messages))
            return _mail(first, subject, "alerts", _in_parts(told))
        return _mail(first, _subject_of(told[0]), "alerts", _in_parts(told))


def told_of(message: AlertMessage) -> Told:
    """Return what a message says of its notice, in the present language and time zone."""
    notice = message.notice
    assert notice is not None  # noqa: S101  # nosec B101  # nothing else is told of
    reader = message.reader
    way_out = way_out_of(notice, may_manage=reader is None or reader.user.may_manage)
    pim_url = notice.connection.pim_url if notice.connection else ""
    opened = on_the_clock(notice.opened_at, timezone.get_current_timezone())
    return Told(
        kind=str(notice.get_kind_display()),
        about=_one_line(_about(notice)),
        sentence=_one_line(sentence_of(notice)),
        meanwhile=_one_line(meanwhile_of(notice)),
        label=way_out.label,
        url=links.absolute(way_out.path, pim_url),
        since=_("It began on %(moment)s.") % {"moment": opened},
        is_over=message.kind == _Kind.OVER,
        is_repeated=message.kind == _Kind.REPEATED,
    )


def _about(notice: Notice) -> str:
    if notice.catalog is not None:
        return notice.catalog.name
    if notice.channel is not None:
        return notice.channel.name
    return notice.connection.host if notice.connection else _host()


def _subject_of(told: Told) -> str:
    kind = {"kind": told.kind, "about": told.about}
    if told.is_over:
        return _("Well again: %(about)s (%(kind)s)") % kind
    if told.is_repeated:
        return _("Still: %(kind)s, %(about)s") % kind
    return _("%(kind)s: %(about)s") % kind


def _is_first(messages: Sequence[AlertMessage]) -> bool:
    """Whether it is what was not well already when the reader confirmed the address."""
    reader = messages[0].reader
    return reader is not None and all(one.due_at == reader.confirmed_at for one in messages)


def _subject_of_day(told: Sequence[Told], *, is_first: bool) -> str:
    number = sum(not one.is_over for one in told)
    if not number:
        return _("Your day: all is well again")
    if is_first:
        said = ngettext(
            "Not well already: %(number)s thing to look at",
            "Not well already: %(number)s things to look at",
            number,
        )
        return said % {"number": number}
    said = ngettext(
        "Your day: %(number)s thing to look at", "Your day: %(number)s things to look at", number
    )
    return said % {"number": number}


def _in_parts(told: Sequence[Told]) -> dict[str, Any]:
    unwell = [one for one in told if not one.is_over]
    over = [one for one in told if one.is_over]
    cut = max(0, len(unwell) - MOST_IN_DIGEST) + max(0, len(over) - MOST_IN_DIGEST)
    return {"unwell": unwell[:MOST_IN_DIGEST], "over": over[:MOST_IN_DIGEST], "cut": cut}


def _to_confirm(reader: AlertSettings) -> dict[str, Any]:
    return {
        "confirm_url": links.confirm_url(reader),
        "host": reader.user.connection.host,
        "person": _name_for_strangers(reader.user.name),
    }


def _name_for_strangers(name: str) -> str:
    """A name as it may stand in a mail to an address that anybody may be the reader of.

    People of a PIM write their names themselves: none is to bring a message of its own.
    """
    name = _one_line(name)
    return _("Somebody") if len(name) > _LONGEST_NAME or _NO_NAME.search(name) else name


def _mail(
    message: AlertMessage, subject: str, template: str, context: dict[str, Any]
) -> EmailMultiAlternatives:
    reader = message.reader
    whole = {
        "subject": _one_line(subject)[:_LONGEST_SUBJECT],
        "support_url": settings.SUPPORT_URL,
        "bell_url": _bell_url(reader),
        "stop_url": links.stop_url(reader) if reader else "",
        "settings_url": _settings_url(reader),
        "is_for_staff": reader is None,
        **context,
    }
    to = reader.address if reader else message.staff.email if message.staff else ""
    mail = EmailMultiAlternatives(
        subject=f"[Ferry] {whole['subject']}",
        body=render_to_string(f"mail/{template}.txt", whole),
        to=[to],
        headers=_headers(message, whole["stop_url"]),
    )
    mail.attach_alternative(render_to_string(f"mail/{template}.html", whole), "text/html")
    return mail


def _headers(message: AlertMessage, stop_url: str) -> dict[str, str]:
    """Return headers by which mail programs merge what came twice, and offer to end it."""
    headers = {"Message-ID": f"<{message.uuid}@{_host()}>", "Auto-Submitted": "auto-generated"}
    if stop_url and message.kind != _Kind.CONFIRM:
        headers["List-Unsubscribe"] = f"<{stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _bell_url(reader: AlertSettings | None) -> str:
    if reader is None:
        return links.absolute("/admin/")
    return links.absolute("/notices", reader.user.connection.pim_url)


def _settings_url(reader: AlertSettings | None) -> str:
    return links.absolute("/alerts", reader.user.connection.pim_url) if reader else ""


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def _one_line(text: str) -> str:
    """A name is what somebody typed: no header, and no line of a mail, begins within it."""
    return " ".join(text.split())
