"""How a person is told of what happened: their address, confirmed by a link, and their choices."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogs.models import Catalog
from connections import rate_limit
from connections.languages import translated
from connections.refusals import too_many
from outbound.errors import ConfigurationError
from pages.access import PimRequest, pim_user_required
from pages.alert_forms import AddressForm, ChoicesForm
from sync.alerts import links, readers
from sync.models import AlertMessage
from sync.tasks import send_alert_mails


@require_safe
@pim_user_required
def alerts(request: PimRequest) -> HttpResponse:
    return _page(request, {})


@require_POST
@pim_user_required
def set_address(request: PimRequest) -> HttpResponse:
    """Store an address and have the link sent to it."""
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            reader = readers.set_address(request.pim_user, form.cleaned_data["address"])
        except ConfigurationError as error:
            form.add_error("address", translated(error.message))
        else:
            if not reader.is_confirmed:
                transaction.on_commit(send_alert_mails.delay, robust=True)
                said = _("A mail with a link is on its way to %(address)s.")
                messages.success(request, said % {"address": reader.address})
            return redirect("pages:alerts")
    return _page(request, {"address_form": form}, status=422)


@require_POST
@pim_user_required
def remove_address(request: PimRequest) -> HttpResponse:
    readers.remove_address(readers.settings_of(request.pim_user))
    messages.success(request, _("Your address was forgotten. No mails are sent to you."))
    return redirect("pages:alerts")


@require_POST
@pim_user_required
def choose(request: PimRequest) -> HttpResponse:
    """Store what this person is told of, and how."""
    user = request.pim_user
    reader = readers.settings_of(user)
    form = ChoicesForm(request.POST, reader=reader, catalogs=_catalogs(request))
    if not form.is_valid():
        return _page(request, {"choices_form": form}, status=422)
    reader = readers.choose(
        user,
        how=form.cleaned_data["how"],
        hour=form.cleaned_data["hour"],
        of_catalogs=form.chosen,
    )
    if reader.is_confirmed:
        messages.success(request, _("Saved. You are told like that from now on."))
    else:
        said = _(
            "Saved. It counts once you have confirmed an address: until then no mail is sent to "
            "you."
        )
        messages.success(request, said)
    return redirect("pages:alerts")


@require_POST
@pim_user_required
def test(request: PimRequest) -> HttpResponse:
    """Have a mail sent that says nothing but that it arrived."""
    try:
        readers.send_test(readers.settings_of(request.pim_user))
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
    else:
        transaction.on_commit(send_alert_mails.delay, robust=True)
        messages.success(request, _("A test is on its way. Look into your mailbox in a minute."))
    return redirect("pages:alerts")


def _by_link(view: Callable[[HttpRequest, str], HttpResponse]) -> Any:
    """For pages behind a link in a mail: no session is asked for, and guesses are limited."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        if rate_limit.exhausted(request):
            return too_many(request)
        try:
            response = view(request, token)
        except links.LinkInvalid as error:
            rate_limit.count_failure(request)
            status = 410 if isinstance(error, links.LinkExpired) else 404
            context = {"said": translated(error.message)}
            response = render(request, "pages/alerts/closed.html", context, status=status)
        response["Referrer-Policy"] = "strict-origin"  # no path in any Referer
        return response

    return guarded


@_by_link
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and then confirm: what only looks at links in mails confirms nothing."""
    reader = links.reader_to_confirm(token)
    if request.method == "POST":
        readers.confirm(reader)
        transaction.on_commit(send_alert_mails.delay, robust=True)
    # Whoever reloads the page, clicks twice or follows the link again sees that it is done.
    context = {"reader": reader, "is_done": request.method == "POST" or reader.is_confirmed}
    return render(request, "pages/alerts/confirm.html", context)


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the signed link says who may
@_by_link
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and then send no more mails."""
    reader = links.reader_to_stop(token)
    if request.method == "POST":
        readers.stop(reader)
    context = {"reader": reader, "is_done": request.method == "POST"}
    return render(request, "pages/alerts/stop.html", context)


def _page(request: PimRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    user = request.pim_user
    reader = readers.settings_of(user)
    asked_for = (AlertMessage.Kind.CONFIRM, AlertMessage.Kind.TEST)
    last = AlertMessage.objects.filter(reader__user=user, kind__in=asked_for).first()
    return render(
        request,
        "pages/alerts/show.html",
        {
            "section": "notices",
            "reader": reader,
            "is_set_up": readers.mail_is_set_up(),
            "last": last,
            "is_link_old": last is not None
            and last.created_at < timezone.now() - links.CONFIRMED_WITHIN,
            "address_form": AddressForm(initial={"address": reader.address or user.email}),
            "choices_form": ChoicesForm(reader=reader, catalogs=_catalogs(request)),
            **context,
        },
        status=status,
    )


def _catalogs(request: PimRequest) -> list[Catalog]:
    return list(Catalog.objects.visible_to(request.pim_user).active().order_by("name", "pk"))
