"""The connection to the PIM: what it may do, who came from there, ending it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogs.models import Catalog
from connections.abilities import (
    abilities_for,
    is_granted,
    may_ask_again,
    missing_abilities,
    remember_asking,
)
from connections.connections import set_time_zone
from connections.environments import environment_of, set_environment
from connections.languages import translated
from connections.models import PimUser
from connections.people import change_role, set_own_time_zone
from outbound.errors import ConfigurationError, OutboundError
from pages.access import PimRequest, editor_required, manager_required, pim_user_required
from pages.events import events_of, standing_of
from pages.forms import (
    DisconnectForm,
    EnvironmentForm,
    OwnTimeZoneForm,
    RoleForm,
    TimeZoneForm,
    posted,
)
from pages.going_on import go_on
from pages.wording import status_of
from sync.leaving import leave
from sync.support import support_bundle

_PEOPLE = 100
_NOW = {
    PimUser.Role.VIEWER: gettext_lazy("%(name)s is now viewer here."),
    PimUser.Role.EDITOR: gettext_lazy("%(name)s is now editor here."),
    PimUser.Role.MANAGER: gettext_lazy("%(name)s is now manager here."),
}


@require_safe
@pim_user_required
def connection(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    missing = missing_abilities(connection)
    people = PimUser.objects.filter(connection=connection).order_by("-last_seen_at")
    shown = list(people[: _PEOPLE + 1])
    return render(
        request,
        "pages/connection.html",
        {
            "section": "connection",
            "connection": connection,
            "abilities": [(one, is_granted(one, connection)) for one in abilities_for(connection)],
            "missing": missing,
            "may_ask_again": may_ask_again(request.pim_user),
            "events": standing_of(events_of(connection)),
            "managers": PimUser.objects.managers_of(connection),
            "people": shown[:_PEOPLE],
            "there_are_more_people": len(shown) > _PEOPLE,
            "role_choices": PimUser.Role.choices,
            "time_zone_form": TimeZoneForm(initial={"time_zone": connection.time_zone}),
            "own_time_zone_form": OwnTimeZoneForm(user=request.pim_user),
            "environment": environment_of(connection),
            "environment_form": EnvironmentForm(
                initial={"environment": environment_of(connection)}
            ),
        },
    )


@require_POST
@pim_user_required
def ask_again(request: PimRequest) -> HttpResponse:
    """Ask the PIM for what is missing, once for each person; then come back here."""
    user = request.pim_user
    remember_asking(user)
    query = {"pim_url": user.connection.pim_url, "next": reverse("pages:connection")}
    target = f"{reverse('connections:activate')}?{urlencode(query)}"
    why = _("%(host)s asks you now for what is missing, and sends you back.") % {
        "host": user.connection.host
    }
    return go_on(request, user.connection, target, why)


@require_POST
@manager_required
def change(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Give somebody of the same PIM another role."""
    people = PimUser.objects.filter(connection=request.pim_user.connection_id)
    person = get_object_or_404(people, uuid=uuid)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such role. Nothing was changed."))
        return redirect("pages:connection")
    try:
        change_role(person, form.chosen)
    except ConfigurationError as error:
        messages.error(request, translated(error.message))
    else:
        messages.success(request, _NOW[form.chosen] % {"name": person.name})
    return redirect("pages:connection")


@require_POST
@manager_required
def change_time_zone(request: PimRequest) -> HttpResponse:
    """Choose the time zone of timetables and of the times on the pages."""
    form = TimeZoneForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such time zone. Nothing was changed."))
    else:
        set_time_zone(request.pim_user.connection, form.cleaned_data["time_zone"])
        zone = request.pim_user.connection.zone
        text = _("Times are those of %(zone)s now, in the timetables too.")
        messages.success(request, text % {"zone": zone})
    return redirect("pages:connection")


@require_POST
@pim_user_required
def change_own_time_zone(request: PimRequest) -> HttpResponse:
    """Choose the time zone of the times that this person sees."""
    user = request.pim_user
    form = OwnTimeZoneForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, _("There is no such time zone. Nothing was changed."))
    else:
        set_own_time_zone(user, form.cleaned_data["own_time_zone"])
        messages.success(request, _("You see the times of %(zone)s now.") % {"zone": user.zone})
    return redirect("pages:connection")


@require_POST
@manager_required
def change_environment(request: PimRequest) -> HttpResponse:
    """Say whether this PIM is in earnest."""
    form = EnvironmentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("It is production or a sandbox. Nothing was changed."))
    else:
        connection = request.pim_user.connection
        set_environment(connection, form.cleaned_data["environment"])
        words = {
            "production": _("%(host)s is marked as production."),
            "sandbox": _("%(host)s is marked as a sandbox, on every page."),
        }
        message = words[form.cleaned_data["environment"]]
        messages.success(request, message % {"host": connection.host})
    return redirect("pages:connection")


@require_safe
@editor_required
def bundle(request: PimRequest) -> HttpResponse:
    """Hand out how everything stands, for whoever helps."""
    response = HttpResponse(
        support_bundle(request.pim_user.connection), content_type="application/zip"
    )
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="ferry-support-{day}.zip"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def disconnect(request: PimRequest) -> HttpResponse:
    """Forget the PIM's token, after asking."""
    connection = request.pim_user.connection
    form = DisconnectForm(posted(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            leave(connection, delete_catalogs=form.cleaned_data["delete_catalogs"])
        except OutboundError as error:
            form.add_error(None, translated(error.message))
            status = status_of(error)
        else:
            messages.success(
                request, _("Ferry is disconnected from %(host)s.") % {"host": connection.host}
            )
            return redirect("pages:connection")
    catalogs = Catalog.objects.visible_to(request.pim_user).order_by("name")
    context = {"connection": connection, "form": form, "catalogs": catalogs}
    return render(request, "pages/disconnect.html", context, status=status)
