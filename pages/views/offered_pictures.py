"""A picture that waits for approval, for those who may see its offer."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from enrichment.media.previews import picture_of
from enrichment.models import Proposal
from pages.access import PimRequest, pim_user_required

_POLICY = "default-src 'none'; sandbox"


@require_safe
@pim_user_required
def picture(request: PimRequest, proposal: int) -> HttpResponse:
    """What is offered, as long as Ferry keeps it. Its type is told by its content alone."""
    row = get_object_or_404(Proposal.objects.visible_to(request.pim_user), pk=proposal)
    content, kind = picture_of(row)
    if not kind:
        raise Http404
    response = HttpResponse(content, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "private, max-age=3600"
    return response
