"""What the admin of every room is made of: links and labels, tables below a form, actions as
buttons on a row's own page, rows that are only looked at."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten, flatten_fieldsets, quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from connections.paging import MOST, BoundedPaginator, count_up_to_most

if TYPE_CHECKING:
    from django.contrib.admin.helpers import AdminForm, Fieldline, Fieldset

    UnfoldAdmin = admin.ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as UnfoldAdmin
    from unfold.forms import AdminForm, Fieldline, Fieldset

_ADDRESS = re.compile(r"https?://([^\s/?#\"']+)[^\s\"']*", re.IGNORECASE)
A = TypeVar("A", bound="admin.ModelAdmin[Any]")
M = TypeVar("M", bound=Callable[..., Any])


def changelist_url(model: type[Model], **filters: Any) -> str:
    url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def change_url(row: Model) -> str:
    name = row._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{name}_change", args=[quote(row.pk)])


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}" class="text-link">{}</a>', url, text)


def link_to(row: Model | None) -> SafeString | str:
    return link(change_url(row), row) if row is not None else ""


def moment(when: datetime | None) -> str:
    return formats.date_format(timezone.localtime(when), "DATETIME_FORMAT") if when else ""


def label(text: Any, colour: str = "") -> SafeString:
    """Show where something stands: success, info, warning, danger, or plain."""
    return _label(str(text), colour)


@lru_cache(maxsize=500)
def _label(text: str, colour: str) -> SafeString:
    """Render it once: a list has the same few in every row."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})


@lru_cache(maxsize=100)
def _button(text: str) -> SafeString:
    """Render it once: it is the dearest part of a row's page, and the same on each."""
    values = {"submit": True, "variant": "default", "children": text}
    return render_to_string("unfold/components/button.html", values)


def once(method: M) -> M:
    """Work a field of a row's page out once: unfold asks for each several times."""
    name = f"_once_{method.__name__}"

    @wraps(method)
    def worked_out(self: Any, row: Model) -> Any:
        if name not in row.__dict__:
            row.__dict__[name] = method(self, row)
        return row.__dict__[name]

    return cast(M, worked_out)


def may_either(request: HttpRequest, *permissions: str) -> bool:
    """Return whether the person has one of these: what a role may do, others may do as well."""
    return any(request.user.has_perm(one) for one in permissions)


def register_anew(model: type[Model]) -> Callable[[type[A]], type[A]]:
    """Register an admin class in place of the one that a lower room registered."""

    def decorate(admin_class: type[A]) -> type[A]:
        admin.site.unregister(model)
        admin.site.register(model, admin_class)
        return admin_class

    return decorate


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of something else, below a row's form."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    more: str = ""  # a link to all of them

    @property
    def data(self) -> dict[str, Any]:
        """As unfold's table component takes it."""
        return {"headers": self.headers, "rows": self.rows}


class _KeptLine(Fieldline):
    """A line of a form whose fields are made once: unfold's templates go through it twice."""

    @cached_property
    def _made(self) -> list[Any]:
        return list(super().__iter__())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._made)


class _KeptFieldset(Fieldset):
    fields: list[Any]  # Django's own, which its stubs do not tell

    def __iter__(self) -> Iterator[_KeptLine]:
        return iter(self._made)

    @cached_property
    def _made(self) -> list[_KeptLine]:
        form, readonly, model_admin = self.form, self.readonly_fields, self.model_admin
        names: Any = self.fields
        return [_KeptLine(form, one, readonly, model_admin=model_admin) for one in names]


class _KeptForm(AdminForm):
    """A form of admin whose lines are made once, however often a template goes through them."""

    def __iter__(self) -> Iterator[_KeptFieldset]:
        return iter(self._made)

    @cached_property
    def _made(self) -> list[_KeptFieldset]:
        fieldsets: Any = self.fieldsets
        return [
            _KeptFieldset(
                self.form,
                name,
                readonly_fields=self.readonly_fields,
                model_admin=self.model_admin,
                **cast("dict[str, Any]", options),
            )
            for name, options in fieldsets
        ]


class StaffAdmin(UnfoldAdmin):
    """Actions of the list are buttons on a row's own page as well, and always by POST."""

    list_per_page = 20  # as lists of the pages; most of the time of a list goes into its rows
    list_max_show_all = 0  # a list may have a million rows
    paginator: ClassVar[Any] = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each filter would count the whole table
    view_on_site: Any = False  # the pages are for people of the PIM
    object_actions: ClassVar[Sequence[str]] = ()
    change_form_outer_before_template = "admin/parts/object_actions.html"
    change_form_outer_after_template = "admin/parts/tables.html"

    def get_object_actions(self, request: HttpRequest, row: Any) -> Iterable[str]:
        """Return the names of the actions that this row offers, among those the person may do."""
        return self.object_actions

    def get_tables(self, request: HttpRequest, row: Any) -> list[Table]:
        return []

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Without a count of the whole list, unfold offers to show all also where all is shown."""
        shown = super().get_changelist_instance(request)
        if not shown.query and not shown.get_filters_params():
            shown.full_result_count = shown.result_count
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By what people paste: an address from a page of a PIM finds what is of this PIM."""
        if any(name.endswith("pim_url") for name in self.search_fields):
            search_term = _ADDRESS.sub(r"\1", search_term)
        return super().get_search_results(request, queryset, search_term)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Carry out an action of the list, though not on more rows than the list has counted."""
        is_across = request.POST.get("select_across") == "1"
        if is_across and count_up_to_most(queryset) > MOST:
            said = gettext("These are more than %(number)s. Search or filter, then choose again.")
            number = formats.number_format(MOST, force_grouping=True)
            self.message_user(request, said % {"number": number}, messages.WARNING)
            return redirect(request.get_full_path())
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if chosen and not is_across and not _are_there(queryset, chosen):
            said = gettext("What you chose is not there any more, so nothing was done.")
            self.message_user(request, said, messages.WARNING)
            return redirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to look for what no page shows: what is found would tell it letter by letter."""
        name = lookup.partition(LOOKUP_SEP)[0]
        is_own = any(one.name == name and not one.editable for one in self.opts.concrete_fields)
        if is_own and name not in (self.opts.pk.name, *self._shown()):
            return False
        return super().lookup_allowed(lookup, value, request)

    def _shown(self) -> Iterator[Any]:
        """Yield the names of what the list and the pages of its rows show."""
        yield from flatten(self.list_display)
        yield from flatten(self.fields or ())
        yield from flatten_fieldsets(self.fieldsets or ())
        yield from self.readonly_fields
        yield from (one[0] if isinstance(one, tuple) else one for one in self.list_filter)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act)
        return [
            path("<path:object_id>/act/<slug:action>/", view, name=self._name_of("act")),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Carry out one action on one row, then show the row."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, unquote(object_id))
        if row is None or action not in self.object_actions:
            raise Http404
        allowed = self._allowed(request)
        if action not in allowed or not self.has_view_permission(request, row):
            raise PermissionDenied
        carry_out = allowed[action][0]
        response: HttpResponse | None = carry_out(
            self, request, self.get_queryset(request).filter(pk=row.pk)
        )
        return response or redirect(change_url(row))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            allowed = self._allowed(request)
            context["object_actions"] = [
                {
                    "button": _button(str(allowed[name][2])),
                    "url": reverse(f"admin:{self._name_of('act')}", args=[quote(row.pk), name]),
                }
                for name in self.get_object_actions(request, row)
                if name in allowed
            ]
            context["tables"] = self.get_tables(request, row)
        made = context["adminform"]
        context["adminform"] = _KeptForm(
            made.form,
            list(made.fieldsets),
            {},  # nothing here is filled in from other fields
            made.readonly_fields,
            model_admin=made.model_admin,
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def _allowed(self, request: HttpRequest) -> dict[str, tuple[Callable[..., Any], str, str]]:
        """Return the actions this person may do: what carries each out, its name and its words."""
        return {name: one for name, one in self.get_actions(request).items() if one is not None}

    def _name_of(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"


def _are_there(rows: QuerySet[Any], keys: Iterable[str]) -> bool:
    """Whether one of them is there; none is of what no key can be."""
    try:
        return rows.filter(pk__in=keys).exists()
    except (ValueError, ValidationError, OverflowError):
        return False


class ReadOnlyAdmin(StaffAdmin):
    """Rows that the app itself owns: looked at, never added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
