"""People of PIMs in admin: what is known of one, exported, or erased after asking."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy

from connections.admin_base import change_url, changelist_url, may_either, register_anew
from connections.admin_people import PimUserAdmin as Below
from connections.models import PimUser
from outbound.errors import ConfigurationError
from sync.privacy.person import erase_person, export_person


@register_anew(PimUser)
class PimUserAdmin(Below):
    actions: Any = (*Below.actions, "export_person", "erase_person")
    object_actions: ClassVar[Any] = actions

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may_either(request, "connections.export_connection")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return may_either(request, "connections.delete_pimuser")

    @admin.action(description=gettext_lazy("Export what is known"), permissions=["export"])
    def export_person(
        self, request: HttpRequest, queryset: QuerySet[PimUser]
    ) -> HttpResponse | None:
        user = self._only_one(request, queryset)
        if user is None:
            return None
        response = JsonResponse(export_person(user), json_dumps_params={"indent": 2})
        response["Content-Disposition"] = f'attachment; filename="person-{user.pk}.json"'
        return response

    @admin.action(description=gettext_lazy("Erase this person"), permissions=["erase"])
    def erase_person(
        self, request: HttpRequest, queryset: QuerySet[PimUser]
    ) -> HttpResponse | None:
        user = self._only_one(request, queryset)
        if user is None:
            return None
        if request.POST.get("sure") != "yes":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "person": user,
                "action": f"{change_url(user).removesuffix('change/')}act/erase_person/",
                "title": gettext("Erase %(name)s?") % {"name": user.name},
                "back": change_url(user),
            }
            return TemplateResponse(request, "admin/erase_person.html", context)
        try:
            erase_person(user)
        except ConfigurationError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(change_url(user))
        self.message_user(request, gettext("The person was erased."), messages.SUCCESS)
        return redirect(changelist_url(PimUser))

    def _only_one(self, request: HttpRequest, queryset: QuerySet[PimUser]) -> PimUser | None:
        chosen = list(queryset.select_related("connection")[:2])
        if len(chosen) == 1:
            return chosen[0]
        self.message_user(request, gettext("Choose one person at a time for this."), messages.ERROR)
        return None
