"""Channels: choose a kind, fill its form, look at it, put its catalogs in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogs.channels import change_channel, check_channel, create_channel
from catalogs.forms import show_error
from catalogs.models import Catalog, Channel
from catalogs.own_fields import first_look
from catalogs.pauses import paused_in_words
from catalogs.shapes import bring_twice
from catalogs.timetables import closing_of, fetch_timetables
from channels.base import ChannelAdapter, InvalidSettings
from channels.registry import KINDS, adapter_class
from connections.fields import SecretsUnusable
from connections.languages import declared, translated
from connections.models import Circuit
from outbound.errors import ConfigurationError, OutboundError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.fetching import channel_or_404
from pages.forms import ChannelForm, posted
from pages.overview import standings_of
from sync.ordering import reorder
from sync.resending import moved_in_words


@dataclass(frozen=True, slots=True)
class Kind:
    """What a page shows of an adapter class, which a template would call."""

    kind: str
    label: str
    description: str
    publishes: bool


@dataclass(frozen=True, slots=True)
class Check:
    """What came of trying to reach a channel."""

    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting as the channel's page shows it; of a secret only whether there is one."""

    label: str
    value: str


@require_safe
@manager_required
def choose_kind(request: PimRequest) -> HttpResponse:
    kinds = [kind_of(adapter) for adapter in KINDS.values()]
    return render(request, "pages/channels/choose_kind.html", {"kinds": kinds})


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def new(request: PimRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    adapter = adapter_class(kind)
    form = ChannelForm(posted(request), connection=request.pim_user.connection, kind=adapter)

    def create() -> Channel:
        return create_channel(
            request.pim_user.connection,
            name=form.cleaned_data.get("name") or adapter.label,
            kind=kind,
            values=form.values,
            by_staff=False,
        )

    def tell(channel: Channel) -> None:
        look = first_look(channel)
        if look.number:
            text = ngettext(
                "%(number)s field of its own can be mapped in Akeneo.",
                "%(number)s fields of its own can be mapped in Akeneo.",
                look.number,
            )
            messages.success(request, text % {"number": intcomma(look.number)})
        if look.remark:
            messages.warning(request, look.remark)

    context = {"form": form, "kind": kind_of(adapter)}
    return _fill_in(
        request, form, create, "pages/channels/new.html", context, "pages:new_catalog", then=tell
    )


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    channel = channel_or_404(request, uuid)
    catalogs = Catalog.objects.filter(channel=channel).select_related("channel__connection")
    adapter = adapter_class(channel.kind)
    fetch_timetables([channel])
    standings = standings_of(catalogs.order_by("position", "pk"))
    return render(
        request,
        "pages/channels/show.html",
        {
            "channel": channel,
            "kind": kind_of(adapter),
            "settings": _shown_settings(channel, adapter),
            "closing": closing_of(channel),
            "moved": moved_in_words(channel),
            "paused": paused_in_words(channel) if channel.is_paused else "",
            "windows": channel.windows.all(),
            "freezes": channel.freezes.all(),
            "standings": standings,
            "unreachable": Circuit.objects.open().of(channel.connection, channel),
            "brings_twice": bring_twice(standing.catalog for standing in standings),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit(request: PimRequest, uuid: UUID) -> HttpResponse:
    channel = channel_or_404(request, uuid)
    adapter = adapter_class(channel.kind)
    form = ChannelForm(
        posted(request), connection=channel.connection, kind=adapter, channel=channel
    )
    shown_name = channel.name

    def change() -> Channel:
        name = form.cleaned_data.get("name") or shown_name
        change_channel(channel, name=name, values=form.values, by_staff=False)
        return channel

    context = {"form": form, "kind": kind_of(adapter), "channel": channel}
    return _fill_in(request, form, change, "pages/channels/edit.html", context)


@require_POST
@editor_required
def check(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Try to reach the channel as it is stored."""
    channel = channel_or_404(request, uuid)
    result = _try_out(channel)
    if request.htmx:
        return render(request, "parts/check.html", {"check": result})
    level = messages.SUCCESS if result.ok else messages.ERROR
    messages.add_message(request, level, result.sentence)
    return redirect(channel)


@require_POST
@manager_required
def move(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Move one catalog of the channel up or down by one."""
    channel = channel_or_404(request, uuid)
    catalogs = list(channel.catalogs.order_by("position", "pk"))
    order = [catalog.uuid for catalog in catalogs]
    here = next(
        (n for n, known in enumerate(order) if str(known) == request.POST.get("catalog")), None
    )
    if here is None:
        raise Http404
    there = here + (-1 if request.POST.get("move") == "up" else 1)
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        try:
            reorder(channel, order, by=request.pim_user.name)
        except ConfigurationError as error:
            messages.error(request, translated(error.message))
        else:
            text = _("“%(name)s” is now number %(number)s.")
            messages.success(request, text % {"name": catalogs[here].name, "number": there + 1})
    return redirect(channel)


def _fill_in(
    request: PimRequest,
    form: ChannelForm,
    store: Callable[[], Channel],
    template: str,
    context: dict[str, Any],
    goes_on_at: str = "pages:channel",
    *,
    then: Callable[[Channel], None] = lambda channel: None,
) -> HttpResponse:
    """Show the form, check what it says, or store it; `then` with what was stored.

    It goes on at the page of the name `goes_on_at`.
    """
    if request.method != "POST":
        return render(request, template, context)
    if "check" in request.POST:
        return answer_check(request, form, store, template, context)
    if form.is_valid():
        try:
            channel = store()
        except OutboundError as error:
            show_error(form, error)
        else:
            messages.success(request, _("“%(name)s” is stored.") % {"name": channel.name})
            then(channel)
            return redirect(goes_on_at, channel.uuid)
    elif form.errors.keys() == {"name"}:
        _judge_settings(form, store)
    return render(request, template, context, status=422)


def _judge_settings(form: ChannelForm, store: Callable[[], Channel]) -> None:
    """Say what is wrong with the settings too, where the name alone was found to be."""
    try:
        _as_if_stored(store)
    except InvalidSettings as error:
        show_error(form, error)
    except OutboundError:
        pass  # which is about the whole, and is told once the form is right


def answer_check(
    request: PimRequest,
    form: ChannelForm,
    store: Callable[[], Channel],
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Try to reach the channel that the form describes; nothing is stored."""
    form.fields["name"].required = False  # whoever checks may not have thought of one yet
    result = None
    if form.is_valid():
        try:
            result = _try_out(_as_if_stored(store))
        except InvalidSettings as error:
            show_error(form, error)
        except OutboundError as error:
            result = Check(False, translated(error.message))
    status = 422 if form.errors else 200
    context = {**context, "check": result}
    return render(request, "parts/check.html" if request.htmx else template, context, status=status)


def _as_if_stored(store: Callable[[], Channel]) -> Channel:
    """Return the channel as `store` makes it, under all its rules, and store nothing."""
    with transaction.atomic():
        channel = store()
        transaction.set_rollback(True)
    return channel


def _try_out(channel: Channel) -> Check:
    try:
        remark = check_channel(channel)
    except OutboundError as error:
        return Check(False, translated(error.message))
    said = _("The channel can be reached and accepts this app.")
    return Check(True, f"{said} {remark}".rstrip())


def kind_of(adapter: type[ChannelAdapter]) -> Kind:
    return Kind(
        adapter.kind, declared(adapter.label), declared(adapter.description), adapter.publishes
    )


def _shown_settings(channel: Channel, adapter: type[ChannelAdapter]) -> list[ShownSetting]:
    shown = []
    for setting in adapter.settings:
        value = channel.settings.get(setting.name, setting.default)
        is_used = value not in ("", setting.default)
        if setting.secret:
            value, is_used = _shown_secret(channel, setting.name)
        elif setting.kind == "choice":
            value = declared(dict(setting.choices).get(value, value))
        if is_used or not (setting.group and setting.group.for_some):
            shown.append(ShownSetting(declared(setting.label), value or "–"))
    return shown


def _shown_secret(channel: Channel, name: str) -> tuple[str, bool]:
    """Return what is said of a secret instead of itself, and whether there is one."""
    try:
        if channel.secrets.get(name):
            return _("Stored, never shown"), True
        return _("None"), False
    except SecretsUnusable:
        return _("Cannot be read any more: enter it once more"), True
