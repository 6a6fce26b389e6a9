"""Where the credentials of a custom app are entered: by invitation, by a manager, and by whoever
has the new secret that the PIM shows."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from connections import authorization, invitations, rate_limit
from connections.browser import browser_secret, keep_visitor, known_browser_secret
from connections.connections import change_credentials
from connections.invitations import InvitationClosed, InvitationUnknown
from connections.languages import translated
from connections.models import Connection, Invitation
from connections.refusals import refused, too_many
from outbound.errors import AddressRefused, OutboundError
from pages.access import PimRequest, manager_required
from pages.credentials import InvitedForm, OwnAppForm, SecretForm
from pages.forms import posted
from pages.going_on import go_on
from pim.urls import InvalidPimUrl, normalize_pim_url

P = ParamSpec("P")


def _guarded(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For pages that anybody may open: failures are limited, and no page is kept anywhere."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = (
            too_many(request) if rate_limit.exhausted(request) else view(request, *args, **kwargs)
        )
        # No path in any Referer. With no-referrer browsers would send the form's Origin as null,
        # which the check against forged requests refuses.
        response["Referrer-Policy"] = "strict-origin"
        return response

    return guarded


@_guarded
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation link; it asks by itself whether the PIM is connected."""
    asks_by_itself = "HX-Request" in request.headers
    try:
        found = invitations.look_up(token, browser=known_browser_secret(request))
        form = InvitedForm(posted(request), invitation=found)
        if form.is_valid() and _use(request, found, form):
            keep_visitor(request)
            return redirect(request.path)
    except (InvitationUnknown, InvitationClosed) as error:
        if asks_by_itself:
            return _reload()  # what ended is told, and counted, once
        rate_limit.count_failure(request)
        status = 404 if isinstance(error, InvitationUnknown) else 410
        return render(request, "pages/credentials/closed.html", {"error": error}, status=status)
    is_done = invitations.is_done(found)
    if asks_by_itself:
        # While nothing is new the page stays as it is: who reads it keeps the place and the focus.
        return _reload() if is_done else HttpResponse(status=204)
    context = {
        "form": form,
        "connection": _connection_of(found),
        "is_done": is_done,
        "expires_at": found.expires_at,
        **_addresses(),
    }
    status = 422 if form.errors else 200
    return render(request, "pages/credentials/invitation.html", context, status=status)


@_guarded
def new_secret(request: HttpRequest) -> HttpResponse:
    """A new secret, from whoever has it: it is stored only once the PIM proved it right."""
    connection = _with_own_app(request.GET.get("pim_url", ""))
    if connection is None:
        rate_limit.count_failure(request)
        raise Http404
    user = getattr(request, "pim_user", None)
    if user and user.may_manage and user.connection_id == connection.pk:
        return redirect("pages:credentials")
    form = SecretForm(posted(request))
    if form.is_valid():
        try:
            return _prove(request, connection, form.cleaned_data["client_secret"])
        except OutboundError as error:
            return refused(request, error, connection.pim_url)
    context = {"form": form, "connection": connection}
    status = 422 if form.errors else 200
    return render(request, "pages/credentials/new_secret.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def credentials(request: PimRequest) -> HttpResponse:
    """A new client id or secret, from a manager."""
    connection = request.pim_user.connection
    form = OwnAppForm(posted(request), connection=connection)
    if connection.client_id and form.is_valid():
        client_id = form.cleaned_data["client_id"]
        client_secret = form.cleaned_data["client_secret"]
        try:
            if client_id == connection.client_id:  # the PIM can tell before anything is stored
                return _prove(request, connection, client_secret)
            change_credentials(connection, client_id=client_id, client_secret=client_secret)
            target = _activation(connection)
            return go_on(request, connection, target, _checked_by(connection))
        except OutboundError as error:
            form.add_error(None, translated(error.message))
    return render(
        request,
        "pages/credentials/own.html",
        {"section": "connection", "form": form, "connection": connection, **_addresses()},
        status=422 if form.errors else 200,
    )


def _reload() -> HttpResponse:
    """Let htmx open the whole page anew."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _use(request: HttpRequest, found: Invitation, form: InvitedForm) -> bool:
    """Store what was entered; a refusal becomes an error of the form."""
    try:
        invitations.use(
            found,
            browser=partial(browser_secret, request),
            pim_url=form.cleaned_data.get("pim_url", ""),
            client_id=form.cleaned_data["client_id"],
            client_secret=form.cleaned_data["client_secret"],
        )
    except (InvitationUnknown, InvitationClosed):
        raise
    except OutboundError as error:
        rate_limit.count_failure(request)
        about_address = isinstance(error, (AddressRefused, InvalidPimUrl, invitations.PimKnown))
        field = "pim_url" if about_address and "pim_url" in form.fields else None
        form.add_error(field, translated(error.message))
        return False
    return True


def _prove(request: HttpRequest, connection: Connection, client_secret: str) -> HttpResponse:
    target = authorization.begin(
        connection.pim_url,
        browser=partial(browser_secret, request),
        next_path=reverse("pages:connection"),
        client_secret=client_secret,
    )
    return go_on(request, connection, target, _checked_by(connection))


def _checked_by(connection: Connection) -> str:
    return _("%(host)s checks now whether what you entered is right, and sends you back.") % {
        "host": connection.host
    }


def _activation(connection: Connection) -> str:
    query = {"pim_url": connection.pim_url, "next": reverse("pages:connection")}
    return f"{reverse('connections:activate')}?{urlencode(query)}"


def _with_own_app(pim_url: str) -> Connection | None:
    try:
        pim_url = normalize_pim_url(pim_url)
    except InvalidPimUrl:
        return None
    return Connection.objects.filter(pim_url=pim_url).exclude(client_id="").first()


def _connection_of(found: Invitation) -> Connection | None:
    """What the invitation's use stored."""
    if found.used_at is None:
        return None
    return Connection.objects.filter(pim_url=found.pim_url).first()


def _addresses() -> dict[str, str]:
    return {
        "activate_url": f"{settings.BASE_URL}{reverse('connections:activate')}",
        "callback_url": f"{settings.BASE_URL}{reverse('connections:callback')}",
    }
