"""Another shop like one that is there: its settings once more, and a copy of its catalogs."""

from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from catalogs.channels import create_channel
from catalogs.copies import Copy, copy_channel
from catalogs.forms import show_error
from catalogs.models import Channel
from channels.registry import adapter_class
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required
from pages.fetching import channel_or_404
from pages.forms import ChannelForm, posted
from pages.views.channels import answer_check, kind_of
from pages.wording import status_of

_TEMPLATE = "pages/channels/another.html"


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def another(request: PimRequest, uuid: UUID) -> HttpResponse:
    original = channel_or_404(request, uuid)
    adapter = adapter_class(original.kind)
    # The settings are offered as they are; secrets belong to one shop, and are entered anew.
    like_it = Channel(kind=original.kind, settings=original.settings)
    form = ChannelForm(
        posted(request), connection=original.connection, kind=adapter, channel=like_it
    )
    names = list(original.catalogs.active().order_by("position", "pk").values_list("name"))
    context = {
        "channel": original,
        "form": form,
        "kind": kind_of(adapter),
        "names": [name for (name,) in names],
    }
    if request.method != "POST":
        return render(request, _TEMPLATE, context)
    if "check" in request.POST:

        def as_if() -> Channel:
            return create_channel(
                original.connection,
                name=form.cleaned_data["name"] or original.name,
                kind=original.kind,
                values=form.values,
                by_staff=False,
            )

        return answer_check(request, form, as_if, _TEMPLATE, context)
    status = 422
    if form.is_valid():
        name = form.cleaned_data["name"]
        try:
            copy = copy_channel(original, name=name, values=form.values, by_staff=False)
        except OutboundError as error:
            show_error(form, error)
            status = status_of(error)
        else:
            _tell(request, copy)
            return redirect(copy.channel)
    return render(request, _TEMPLATE, context, status=status)


def _tell(request: PimRequest, copy: Copy) -> None:
    """Say what was made, and what people still have to do."""
    channel = copy.channel
    if not copy.catalogs:
        text = _("“%(name)s” is created, without any catalog.")
        messages.success(request, text % {"name": channel.name})
        return
    number = len(copy.catalogs)
    text = ngettext(
        "“%(name)s” is created, with %(number)s catalog.",
        "“%(name)s” is created, with %(number)s catalogs.",
        number,
    )
    messages.success(request, text % {"name": channel.name, "number": intcomma(number)})
    messages.info(
        request,
        _(
            "Nothing is sent yet: Akeneo leaves copies disabled. Open each catalog there, look at "
            "its selection and mapping, and enable it."
        ),
    )
    for catalog in copy.without_mapping:
        text = _("Akeneo copied “%(name)s” without its mapping: map its fields again.")
        messages.warning(request, text % {"name": catalog.name})
