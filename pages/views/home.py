"""Home: how everything stands, or how to get in."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections.abilities import may_ask_again, missing_abilities
from connections.models import PimUser
from pages.access import PimRequest, is_signed_in
from pages.overview import arranged, channels_of, most_urgent


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not is_signed_in(request):
        return render(request, "pages/signed_out.html", {"section": "home"})
    user = cast(PimRequest, request).pim_user
    channels = channels_of(user)
    words = request.GET.get("q", "").strip()
    context = {
        "section": "home",
        "connection": user.connection,
        "missing": missing_abilities(user.connection),
        "may_ask_again": may_ask_again(user),
        "managers": PimUser.objects.managers_of(user.connection),
        "channels": channels,
        "words": words,
        "home": arranged(channels, words),
        "urgent": most_urgent(channels),
        "is_empty": not any(channel.catalogs for channel in channels),
    }
    with timezone.override(user.zone):
        return render(request, "pages/home.html", context)
