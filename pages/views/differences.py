"""What a dry run would have changed: to look through, and to download."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from channels.registry import adapter_class
from connections.downloads import download
from connections.paging import MOST, count_up_to_most
from pages.access import PimRequest, pim_user_required
from pages.differences import shown
from pages.downloads import place_for
from pages.fetching import run_or_404
from pages.keyset import page_of
from sync.differences import as_csv, as_json_lines
from sync.models import Difference, Run

_ON_A_PAGE = 20
_FORMATS = {"csv": (as_csv, "text/csv"), "jsonl": (as_json_lines, "application/jsonl")}


@require_safe
@pim_user_required
def show(request: PimRequest, uuid: UUID) -> HttpResponse:
    run = _dry_run_or_404(request, uuid)
    words = request.GET.get("q", "").replace("\0", "").strip()
    differences = Difference.objects.filter(run=run)
    number = count_up_to_most(differences)
    kept = {"q": words} if words else {}
    page = page_of(differences.about(words), _ON_A_PAGE, request.GET, kept=kept)
    titles = adapter_class(run.catalog.channel.kind).titles(run.catalog.channel.targets)
    context = {
        "run": run,
        "catalog": run.catalog,
        "channel": run.catalog.channel,
        "words": words,
        "page": page,
        "products": [shown(one, titles) for one in page],
        "number": min(number, MOST),
        "there_are_more": number > MOST,
    }
    return render(request, "pages/difference.html", context)


@require_safe
@pim_user_required  # type: ignore[arg-type]  # a streamed response goes through it all the same
def file(request: PimRequest, uuid: UUID, suffix: str) -> HttpResponseBase:
    run = _dry_run_or_404(request, uuid)
    if suffix not in _FORMATS:
        raise Http404
    lines_of, kind = _FORMATS[suffix]
    place = place_for(request)
    if place is None:
        return redirect("pages:difference", run.uuid)
    name = f"difference-{run.pk}.{suffix}"
    return place.give_to(download(lines_of(Difference.objects.filter(run=run)), kind, name))


def _dry_run_or_404(request: PimRequest, uuid: UUID) -> Run:
    run = run_or_404(request, uuid)
    if not run.dry_run:
        raise Http404
    return run
