"""Delete a catalog or a channel, after asking what becomes of what it has."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalogs.models import Catalog, Channel
from pages.access import PimRequest, manager_required
from pages.fetching import catalog_or_404, channel_or_404
from pages.forms import posted
from sync.forms import RemovalForm
from sync.removal import remove_catalog, remove_channel


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_catalog(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    form = RemovalForm.of_catalog(catalog, posted(request))
    if request.method == "POST" and form.is_valid():
        remove_catalog(
            catalog,
            on_shop=form.on_shop_decision,
            in_pim=form.in_pim_decision,
            by=request.pim_user.name,
        )
        messages.success(request, _("“%(name)s” is being removed.") % {"name": catalog.name})
        return redirect(catalog.channel)  # its own page may be gone before the browser asks
    context = {"catalog": catalog, "channel": catalog.channel, "form": form}
    status = 422 if form.errors else 200
    return render(request, "pages/catalogs/delete.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_channel(request: PimRequest, uuid: UUID) -> HttpResponse:
    channel = channel_or_404(request, uuid)
    names = list(channel.catalogs.order_by("position", "pk").values_list("name", flat=True))
    form = RemovalForm.of_channel(channel, posted(request))
    if request.method == "POST":
        if not names:  # nothing to ask
            return _remove_channel(request, channel, Catalog.OnShop.LEAVE, Catalog.InPim.KEEP)
        if form.is_valid():
            return _remove_channel(request, channel, form.on_shop_decision, form.in_pim_decision)
    context = {"channel": channel, "form": form, "names": names}
    status = 422 if form.errors else 200
    return render(request, "pages/channels/delete.html", context, status=status)


def _remove_channel(
    request: PimRequest, channel: Channel, on_shop: Catalog.OnShop, in_pim: Catalog.InPim
) -> HttpResponse:
    remove_channel(channel, on_shop=on_shop, in_pim=in_pim, by=request.pim_user.name)
    goes_on = Channel.objects.filter(pk=channel.pk).exists()
    text = _("“%(name)s” is being removed.") if goes_on else _("“%(name)s” is removed.")
    messages.success(request, text % {"name": channel.name})
    return redirect("pages:home")  # its own page may be gone before the browser asks
