"""The connection to the PIM: what it may do, who came from there, signing out."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connections.abilities import ABILITIES, missing_abilities
from connections.models import PimUser
from pages.access import PimRequest, pim_user_required

_PEOPLE = 100


@require_safe
@pim_user_required
def connection(request: PimRequest) -> HttpResponse:
    connection = request.pim_user.connection
    missing = missing_abilities(connection.scopes)
    people = PimUser.objects.filter(connection=connection).order_by("-last_seen_at")
    return render(
        request,
        "pages/connection.html",
        {
            "section": "connection",
            "connection": connection,
            "abilities": [(ability, ability not in missing) for ability in ABILITIES],
            "missing": missing,
            "people": people[:_PEOPLE],
        },
    )
