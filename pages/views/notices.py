"""What happened, and what is not well yet: behind the bell."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connections.models import PimUser
from connections.people import saw_notices
from pages.access import PimRequest, pim_user_required
from pages.keyset import page_of
from sync.models import Notice
from sync.notice_words import sentence_of, way_out_of

_ON_A_PAGE = 50


@require_safe
@pim_user_required
def notices(request: PimRequest) -> HttpResponse:
    """Show what is open, then what is over; what was shown is no news any more."""
    visible = Notice.objects.visible_to(request.pim_user)
    visible = visible.select_related("connection", "channel", "catalog__channel")
    over = visible.exclude(ended_at=None)
    page = page_of(over, _ON_A_PAGE, request.GET, newest_first=True)
    context = {
        "section": "notices",
        "open": [_told(one, request.pim_user) for one in visible.open()],
        "over": [_told(one, request.pim_user) for one in page],
        "page": page,
        "seen_at": request.pim_user.notices_seen_at,
    }
    response = render(request, "pages/notices.html", context)
    if request.method == "GET" and request.headers.get("Sec-Purpose") != "prefetch":
        saw_notices(request.pim_user)
    return response


def _told(notice: Notice, user: PimUser) -> dict[str, object]:
    return {
        "notice": notice,
        "sentence": sentence_of(notice),
        "way_out": way_out_of(notice, may_manage=user.may_manage),
    }
