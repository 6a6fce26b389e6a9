"""Deleting in admin asks what becomes of the products on the shop and of what is in the PIM."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalogs.models import Catalog
from connections.admin_base import StaffAdmin, UnfoldAdmin, change_url, changelist_url
from sync.admin.parts import name_of
from sync.forms import RemovalForm


class RemovalAdmin(StaffAdmin):
    """Stands before the lower room's admin, which cannot delete.

    Django's own deletion, one by one or in bulk, would forget what stands on the shop, so there
    is no way to it.
    """

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return UnfoldAdmin.has_delete_permission(self, request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def catalogs_of(self, row: Any) -> list[Catalog]:
        """Return the catalogs that go with the row."""
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def removal_form(self, row: Any, data: Any) -> RemovalForm:
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def remove(self, row: Any, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, *, by: str) -> None:
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        catalogs = self.catalogs_of(row)
        may = self.has_delete_permission(request, row)
        if not may or (catalogs and not request.user.has_perm("catalogs.delete_catalog")):
            raise PermissionDenied
        form = self.removal_form(row, request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not catalogs:  # nothing to ask
                return self._remove(request, row, Catalog.OnShop.LEAVE, Catalog.InPim.KEEP)
            if form.is_valid():
                return self._remove(request, row, form.on_shop_decision, form.in_pim_decision)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": f"Delete the {self.opts.verbose_name} “{row}”",
            "form": form,
            "catalogs": catalogs,
            "back": change_url(row),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/remove.html", context, status=status)

    def _remove(
        self, request: HttpRequest, row: Any, on_shop: Catalog.OnShop, in_pim: Catalog.InPim
    ) -> HttpResponse:
        name = str(row)
        self.log_change(request, row, f"Decided to delete it. {on_shop.label}. {in_pim.label}.")
        self.remove(row, on_shop, in_pim, by=name_of(request))
        goes_on = self.model._default_manager.filter(pk=row.pk).exists()
        more = " It is gone from this list once that is done." if goes_on else ""
        sentence = f"“{name}” is {'being ' if goes_on else ''}removed.{more}"
        self.message_user(request, sentence, messages.SUCCESS)
        return redirect(changelist_url(self.model))
