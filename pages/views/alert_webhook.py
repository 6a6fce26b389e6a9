"""Where the alerts of a connection are posted to: set, tried, given another secret, removed."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections.languages import translated
from outbound.errors import OutboundError
from pages.access import PimRequest, manager_required
from pages.alert_forms import WebhookForm
from sync.alerts import webhooks
from sync.models import AlertMessage, AlertWebhook
from sync.tasks import call_alert_webhook


@require_safe
@manager_required
def webhook(request: PimRequest) -> HttpResponse:
    return _page(request)


@require_POST
@manager_required
def set_webhook(request: PimRequest) -> HttpResponse:
    """Store the address. A new one comes with a secret, which is shown this once."""
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            secret = webhooks.set_webhook(request.pim_user.connection, form.cleaned_data["url"])
        except OutboundError as error:
            form.add_error("url", translated(error.message))
        else:
            if secret:
                return _page(request, secret=secret)
            said = _(
                "Nothing was changed: this is the address already. If you did not copy its secret, "
                "make another one below."
            )
            messages.success(request, said)
            return redirect("pages:alert_webhook")
    return _page(request, form=form, status=422)


@require_POST
@manager_required
def change_webhook(request: PimRequest) -> HttpResponse:
    """Try it, make another secret or remove it; the last two after a tick."""
    found = _webhook_of(request)
    action = request.POST.get("action")
    if found is None:
        messages.error(request, _("There is no webhook. Enter its address first."))
    elif action == "test":
        webhooks.send_test(found)
        transaction.on_commit(partial(call_alert_webhook.delay, found.pk), robust=True)
        messages.success(request, _("A test is on its way. Reload this page in a minute."))
    elif request.POST.get("sure") != "yes":
        messages.error(request, _("Nothing was changed: tick that you know what ends."))
    elif action == "secret":
        return _page(request, secret=webhooks.renew_secret(found))
    elif action == "remove":
        webhooks.remove_webhook(found)
        messages.success(request, _("The webhook was removed. Nothing is posted any more."))
    return redirect("pages:alert_webhook")


def _webhook_of(request: PimRequest) -> AlertWebhook | None:
    return AlertWebhook.objects.filter(connection=request.pim_user.connection_id).first()


def _page(
    request: PimRequest, *, form: WebhookForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    found = _webhook_of(request)
    context: dict[str, Any] = {
        "section": "notices",
        "webhook": found,
        "form": form or WebhookForm(initial={"url": found.url if found else ""}),
        "secret": secret,
        "header": webhooks.SIGNATURE,
        "waiting": AlertMessage.objects.filter(webhook=found).unsent().count() if found else 0,
    }
    return render(request, "pages/alerts/webhook.html", context, status=status)
