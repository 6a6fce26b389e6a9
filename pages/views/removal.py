"""Delete a catalog or a channel, after asking what becomes of what it has."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalogs.models import Catalog, Channel
from connections.abilities import missing_abilities
from connections.models import Connection
from pages.access import PimRequest, pim_user_required
from pages.fetching import catalog_or_404, channel_or_404
from pages.forms import RemovalForm, posted
from sync.models import Listing
from sync.removal import count_to_withdraw, remove_catalog, remove_channel


@require_http_methods(["GET", "HEAD", "POST"])
@pim_user_required
def delete_catalog(request: PimRequest, uuid: UUID) -> HttpResponse:
    catalog = catalog_or_404(request, uuid)
    channel = catalog.channel
    form = RemovalForm(
        posted(request),
        channel=channel,
        on_channel=Listing.objects.filter(catalog=catalog).on_channel().count(),
        to_withdraw=count_to_withdraw([catalog]),
        may_delete_in_pim=_may_delete(channel.connection),
    )
    if request.method == "POST" and form.is_valid():
        remove_catalog(
            catalog,
            on_shop=Catalog.OnShop(form.cleaned_data["on_shop"]),
            in_pim=Catalog.InPim(form.cleaned_data["in_pim"]),
            by=request.pim_user.name,
        )
        messages.success(request, f"“{catalog.name}” is being removed.")
        return redirect(catalog)
    context = {"catalog": catalog, "channel": channel, "form": form}
    status = 422 if form.errors else 200
    return render(request, "pages/catalogs/delete.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@pim_user_required
def delete_channel(request: PimRequest, uuid: UUID) -> HttpResponse:
    channel = channel_or_404(request, uuid)
    names = list(channel.catalogs.order_by("position", "pk").values_list("name", flat=True))
    form = RemovalForm(
        posted(request),
        channel=channel,
        on_channel=Listing.objects.filter(channel=channel).on_channel().count(),
        to_withdraw=count_to_withdraw(channel.catalogs.all()),
        catalogs=len(names),
        may_delete_in_pim=_may_delete(channel.connection),
    )
    if request.method == "POST":
        if not names:  # nothing to ask
            return _remove_channel(request, channel, Catalog.OnShop.LEAVE, Catalog.InPim.KEEP)
        if form.is_valid():
            on_shop = Catalog.OnShop(form.cleaned_data["on_shop"])
            in_pim = Catalog.InPim(form.cleaned_data["in_pim"])
            return _remove_channel(request, channel, on_shop, in_pim)
    context = {"channel": channel, "form": form, "names": names}
    status = 422 if form.errors else 200
    return render(request, "pages/channels/delete.html", context, status=status)


def _remove_channel(
    request: PimRequest, channel: Channel, on_shop: Catalog.OnShop, in_pim: Catalog.InPim
) -> HttpResponse:
    remove_channel(channel, on_shop=on_shop, in_pim=in_pim, by=request.pim_user.name)
    if Channel.objects.filter(pk=channel.pk).exists():
        messages.success(request, f"“{channel.name}” is being removed.")
        return redirect(channel)
    messages.success(request, f"“{channel.name}” is removed.")
    return redirect("pages:home")


def _may_delete(connection: Connection) -> bool:
    missing = {ability.code for ability in missing_abilities(connection.scopes)}
    return "delete_catalogs" not in missing
