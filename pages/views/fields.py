"""The own fields of a channel: read from it, or written down here; then sent to Akeneo."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from catalogs.mapping import outdated_catalogs, problems_in, send_to_all
from catalogs.models import Channel
from catalogs.own_fields import (
    add_field,
    add_template,
    describe_field,
    digest_of,
    look_at_fields,
    set_gone,
    store_refreshed,
    warning_about_number,
)
from channels.field_types import type_in_words
from channels.own_fields import Refreshed
from channels.registry import adapter_class
from channels.targets import FILLED_BY_PIM, Target
from connections.languages import declared, translated
from outbound.errors import ConfigurationError, OutboundError
from pages.access import PimRequest, manager_required
from pages.fetching import channel_or_404
from pages.field_forms import DescribeFieldForm, FieldForm, TemplateForm
from pages.forms import posted
from pages.wording import quoted


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as a page shows it."""

    code: str
    title: str
    description: str
    type: str  # in words
    required: bool
    is_gone: bool


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def fields(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Show the fields of a channel; where people write them down, add some."""
    channel = channel_or_404(request, uuid)
    if request.method == "POST" and _origin(channel) != "written":
        raise Http404
    takes_template = request.POST.get("what") == "template"
    field_form = FieldForm(None if takes_template else posted(request))
    template_form = TemplateForm(posted(request) if takes_template else None)
    form = template_form if takes_template else field_form
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            add: Callable[..., str] = _add_template if takes_template else _add_field
            try:
                said = add(channel, **form.cleaned_data)
            except ConfigurationError as error:
                form.add_error(None, translated(error.message))
            else:
                messages.success(request, said)
                _send(request, channel)
                return redirect("pages:fields", channel.uuid)
    context = {**_page(channel), "field_form": field_form, "template_form": template_form}
    return render(request, "pages/channels/fields.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def field(request: PimRequest, uuid: UUID, code: str) -> HttpResponse:
    """Change what may be changed about a field that people wrote down."""
    channel = channel_or_404(request, uuid)
    target = next((one for one in channel.targets if one.code == code), None)
    if target is None or _origin(channel) != "written":
        raise Http404
    if "is_gone" in request.POST:
        return _mark(request, channel, target, is_gone=request.POST["is_gone"] == "yes")
    form = DescribeFieldForm.of(target, posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                describe_field(channel, code, **form.cleaned_data)
            except ConfigurationError as error:
                form.add_error(None, translated(error.message))
            else:
                text = _("“%(name)s” is stored.")
                messages.success(request, text % {"name": form.cleaned_data["title"]})
                _send(request, channel)
                return redirect("pages:fields", channel.uuid)
    context = {"channel": channel, "field": _shown(target), "form": form}
    return render(request, "pages/channels/field.html", context, status=status)


@require_POST
@manager_required
def refresh(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Ask the channel for its fields and show what would change; once confirmed, store and send.

    What is stored is what the channel says then, if that is still what the person saw.
    """
    channel = channel_or_404(request, uuid)
    if _origin(channel) != "read":
        raise Http404
    try:
        found = look_at_fields(channel)
        if request.POST.get("seen") == digest_of(found) and store_refreshed(
            channel, found, seen=channel.targets
        ):
            text = _("The fields of %(channel)s are stored.")
            messages.success(request, text % {"channel": channel.name})
            _send(request, channel)
            return redirect("pages:fields", channel.uuid)
    except OutboundError as error:
        messages.error(request, translated(error.message))
        return redirect("pages:fields", channel.uuid)
    context = {
        "channel": channel,
        "found": found,
        "seen": digest_of(found),
        "changed_meanwhile": "seen" in request.POST,
        "groups": _groups(found),
        "retyped": [
            (old, declared(type_in_words(old)), declared(type_in_words(new)))
            for old, new in found.retyped
        ],
        "warning": warning_about_number(channel, found.fields),
    }
    return render(request, "pages/channels/refresh.html", context)


@require_POST
@manager_required
def send(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Send the fields to the catalogs in Akeneo that have older ones."""
    channel = channel_or_404(request, uuid)
    if not _send(request, channel):
        messages.info(request, _("Every catalog in Akeneo has these fields already."))
    return redirect("pages:fields", channel.uuid)


def _mark(request: PimRequest, channel: Channel, target: Target, *, is_gone: bool) -> HttpResponse:
    try:
        set_gone(channel, target.code, is_gone)
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
    else:
        text = _("“%(name)s” is marked as gone.") if is_gone else _("“%(name)s” is used again.")
        messages.success(request, text % {"name": target.title})
        _send(request, channel)
    return redirect("pages:fields", channel.uuid)


def _send(request: PimRequest, channel: Channel) -> bool:
    """Send the schema to each catalog that needs it and say what came of it; False if none did."""
    sent = send_to_all(channel)
    problems = problems_in(sent)
    for problem in problems:
        messages.error(request, problem)
    if problems:
        messages.info(
            request,
            _("The next run of each sends it again; or send the fields again on this page."),
        )
    if number := len(sent) - len(problems):
        text = ngettext(
            "%(number)s catalog has these fields in Akeneo now.",
            "%(number)s catalogs have these fields in Akeneo now.",
            number,
        )
        messages.success(request, text % {"number": intcomma(number)})
    return bool(sent)


def _add_field(channel: Channel, **entered: Any) -> str:
    return _("“%(name)s” is added.") % {"name": add_field(channel, **entered).title}


def _add_template(channel: Channel, template: str) -> str:
    added, other = add_template(channel, template)
    text = ngettext("%(number)s field is added.", "%(number)s fields are added.", len(added))
    said = text % {"number": intcomma(len(added))}
    if other:
        text = _("There already, with another type, and left as they are: %(titles)s.")
        said = f"{said} {text % {'titles': quoted(one.title for one in other)}}"
    return said


def _page(channel: Channel) -> dict[str, Any]:
    adapter = adapter_class(channel.kind)
    of_kind = [one for one in adapter.targets if one.code not in FILLED_BY_PIM]
    return {
        "channel": channel,
        "origin": _origin(channel),
        "of_kind": [_shown(one) for one in of_kind],
        "own": [_shown(one) for one in channel.targets],
        "outdated": outdated_catalogs(channel),
        "warning": warning_about_number(channel),
    }


def _origin(channel: Channel) -> str:
    return adapter_class(channel.kind).own_fields


def _shown(one: Target) -> ShownField:
    return ShownField(
        one.code,
        one.title,
        declared(one.description),
        declared(type_in_words(one)),
        one.required,
        one.is_gone,
    )


def _groups(found: Refreshed) -> list[tuple[str, str, list[ShownField]]]:
    """Return what would change, as (heading, what follows from it, fields), without empty ones."""
    groups = [
        (
            pgettext("fields", "New"),
            _("Akeneo's mapping screen will offer them. They stay empty until somebody maps them."),
            found.added,
        ),
        (
            pgettext("fields", "Back"),
            _("The channel has them again. What was mapped to them counts again."),
            found.back,
        ),
        (
            _("No longer at the channel"),
            _("They stay in Akeneo, marked so, with what is mapped to them."),
            found.gone,
        ),
        (_("With another title or help"), _("Their mapping stays."), found.described_anew),
        (
            _("Needed from now on"),
            _(
                "The channel takes no product without them: products that lack one are not sent. "
                "Map them in Akeneo first."
            ),
            found.needed_now,
        ),
        (_("Not needed any more"), _("Products are sent without them too."), found.needed_no_more),
    ]
    return [(name, why, [_shown(one) for one in of]) for name, why, of in groups if of]
