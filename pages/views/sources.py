"""Sources of values, and of images and files: added, changed, paused, looked at, removed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enrichment.models import Source
from enrichment.sources import (
    add_source,
    change_source,
    look_now,
    remove_source,
    set_paused,
    why_not_looked_at,
)
from pages.access import PimRequest, manager_required
from pages.forms import posted
from pages.source_forms import SourceForm, form_for


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def new(request: PimRequest) -> HttpResponse:
    """Add a source of values."""
    return _new(request, Source.Kind.VALUES)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def new_of_files(request: PimRequest) -> HttpResponse:
    """Add a source of images and files."""
    return _new(request, Source.Kind.MEDIA)


def _new(request: PimRequest, kind: Source.Kind) -> HttpResponse:
    connection = request.pim_user.connection
    form = form_for(kind)(posted(request), connection_id=connection.pk)
    if request.method == "POST" and form.is_valid():
        source = add_source(connection, kind, form.values)
        messages.success(request, _("The source “%(name)s” was added.") % {"name": source})
        return redirect("pages:enrichment")
    return _form_page(request, form, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit(request: PimRequest, uuid: UUID) -> HttpResponse:
    source = _source_or_404(request, uuid)
    if source.kind == Source.Kind.TRANSLATIONS:
        return redirect("pages:requests_settings")
    form = form_for(source.kind)(posted(request), connection_id=source.connection_id, source=source)
    if request.method == "POST" and form.is_valid():
        change_source(source, form.values)
        messages.success(request, _("The source “%(name)s” was changed.") % {"name": source})
        return redirect("pages:enrichment")
    return _form_page(request, form, source.kind, source)


@require_POST
@manager_required
def pause(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Pause it, or look at it again."""
    source = _source_or_404(request, uuid)
    to = request.POST.get("to") == "paused"
    set_paused(source, to=to)
    said = _("“%(name)s” is paused.") if to else _("“%(name)s” is looked at again.")
    messages.success(request, said % {"name": source})
    return _back_from(source)


@require_POST
@manager_required
def look(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Have it looked at now."""
    source = _source_or_404(request, uuid)
    why_not = why_not_looked_at(source)
    if why_not:
        messages.error(request, why_not)
    else:
        look_now(source, by=request.pim_user.name)
        said = _("“%(name)s” is looked at in a moment.") % {"name": source}
        messages.success(request, said)
    return _back_from(source)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def remove(request: PimRequest, uuid: UUID) -> HttpResponse:
    """Remove it, after asking."""
    source = _source_or_404(request, uuid)
    if request.method == "POST":
        remove_source(source)
        messages.success(request, _("The source “%(name)s” was removed.") % {"name": source})
        return redirect("pages:enrichment")
    context = {"section": "enrichment", "source": source}
    return render(request, "pages/enrichment/remove_source.html", context)


def _form_page(
    request: PimRequest, form: SourceForm, kind: str, source: Source | None = None
) -> HttpResponse:
    context = {
        "section": "enrichment",
        "form": form,
        "is_of_files": kind == Source.Kind.MEDIA,
        "source": source,
    }
    status = 422 if form.is_bound else 200
    return render(request, "pages/enrichment/source.html", context, status=status)


def _back_from(source: Source) -> HttpResponse:
    is_of_requests = source.kind == Source.Kind.TRANSLATIONS
    return redirect("pages:requests" if is_of_requests else "pages:enrichment")


def _source_or_404(request: PimRequest, uuid: UUID) -> Source:
    sources = Source.objects.visible_to(request.pim_user).select_related("connection")
    return get_object_or_404(sources, uuid=uuid)
