"""Enrichment in admin: what was offered to PIMs, and why a value was, or was not, written."""

from collections.abc import Sequence
from typing import ClassVar, cast

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

import enrichment.admin_requests  # it registers what it has
import enrichment.admin_sources  # as well
import enrichment.admin_translations  # noqa: F401  # as well
from connections import audit
from connections.admin_base import ReadOnlyAdmin, Table, changelist_url, label, link, link_to
from connections.enriching import refuse_unless_on
from connections.names import begins_with, searchable
from enrichment.deciding import Decision, decide
from enrichment.models import Offer, OfferProblem, Proposal
from enrichment.offers import try_again
from enrichment.results import as_text
from enrichment.reviewing import tally_of
from enrichment.tasks import have_undone
from enrichment.undoing import may_be_undone
from outbound.errors import ConfigurationError

_State = Offer.State
_Proposed = Proposal.State
_OFFER_COLOURS = {
    _State.READING: "info",
    _State.WAITING: "warning",
    _State.WRITING: "info",
    _State.DONE: "success",
    _State.STOPPED: "danger",
}
_PROPOSAL_COLOURS = {
    _Proposed.PROPOSED: "warning",
    _Proposed.APPROVED: "info",
    _Proposed.WRITTEN: "success",
    _Proposed.REFUSED: "danger",
    _Proposed.OUTDATED: "warning",
    _Proposed.EARLIER: "warning",
}


class _WorkersOwn(ReadOnlyAdmin):
    """Rows that workers write; who may change offers decides about them by actions."""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("enrichment.change_offer"))

    def tell_decided(self, request: HttpRequest, number: int, done: str) -> None:
        if not number:
            self.message_user(request, "None of them waits for that any more.", messages.INFO)
            return
        noun = "value was" if number == 1 else "values were"
        said = f"{number:,} {noun} {done}."
        self.message_user(request, said, messages.SUCCESS)

    def decide_all(
        self,
        request: HttpRequest,
        proposals: QuerySet[Proposal],
        decisions: Sequence[Decision],
        done: str,
    ) -> None:
        """Decide about those of these that wait for it, offer by offer."""
        number = 0
        for decision in decisions:
            offers = proposals.filter(state=decision.state).order_by().values("offer")
            for offer in Offer.objects.filter(pk__in=offers).select_related("connection"):
                try:
                    number += decide(offer, proposals, decision, by=audit.present_actor().name)
                except ConfigurationError as error:
                    self.message_user(request, error.message, messages.ERROR)
        self.tell_decided(request, number, done)


@admin.register(Offer)
class OfferAdmin(_WorkersOwn):
    list_display = ("name", "kind", "state_label", "pim", "offered_by", "created_at", "why")
    list_filter = ("state", "kind", "connection", "created_at")
    search_fields = ("name", "offered_by", "=uuid")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    actions = ("approve", "reject", "go_on", "undo")
    object_actions: ClassVar[Sequence[str]] = actions
    fields = (
        *("name", "kind", "state_label", "problem", "pim", "source_link"),
        *("read", "unchanged", "invalid", "offered_by", "undoes_link"),
        *("not_before", "created_at", "finished_at", "uuid"),
    )
    readonly_fields = ("state_label", "pim", "source_link", "undoes_link")

    def get_object_actions(self, request: HttpRequest, row: Offer) -> Sequence[str]:
        match row.state:
            case _State.WAITING:
                return ("approve", "reject")
            case _State.STOPPED:
                return ("go_on",)
            case _State.DONE:
                return ("undo",)
        return ()

    def get_tables(self, request: HttpRequest, row: Offer) -> list[Table]:
        rows = [
            (
                link(
                    changelist_url(Proposal, offer__id__exact=row.pk, state__exact=state.value),
                    state.label,
                ),
                f"{number:,}",
            )
            for state, number in tally_of(row).by_state()
        ]
        url = changelist_url(OfferProblem, offer__id__exact=row.pk)
        title, headers = "What became of its values", ("State", "Values")
        return [Table(title, headers, rows, link(url, "Problems"))]

    @admin.action(description="Approve what waits", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        self.decide_all(request, _of(queryset), [Decision.APPROVE], "approved")

    @admin.action(description="Reject what waits", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        self.decide_all(request, _of(queryset), [Decision.REJECT], "rejected")

    @admin.action(description="Try again", permissions=["decide"])
    def go_on(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        for offer in queryset.select_related("connection"):
            try:
                refuse_unless_on(offer.connection)
            except ConfigurationError as error:
                self.message_user(request, f"{offer}: {error.message}", messages.ERROR)
                continue
            if try_again(offer):
                self.message_user(request, f"“{offer}” goes on.", messages.SUCCESS)
            else:
                said = f"Nothing of “{offer}” is to be written at present."
                self.message_user(request, said, messages.INFO)

    @admin.action(description="Undo", permissions=["decide"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        for offer in queryset.select_related("connection"):
            if not may_be_undone(offer):
                said = f"There is nothing of “{offer}” to undo."
                self.message_user(request, said, messages.INFO)
                continue
            try:
                refuse_unless_on(offer.connection)
            except ConfigurationError as error:
                self.message_user(request, f"{offer}: {error.message}", messages.ERROR)
                continue
            have_undone(offer, by=audit.present_actor().name)
            self.message_user(request, f"“{offer}” is being undone.", messages.SUCCESS)

    @admin.display(description="PIM", ordering="connection")
    def pim(self, row: Offer) -> SafeString | str:
        return link_to(row.connection)

    @admin.display(description="source")
    def source_link(self, row: Offer) -> SafeString | str:
        return link_to(row.source)

    @admin.display(description="undoes")
    def undoes_link(self, row: Offer) -> SafeString | str:
        return link_to(row.undoes)

    @admin.display(description="state", ordering="state")
    def state_label(self, row: Offer) -> SafeString:
        if row.was_of_no_use:
            return label("Nothing of it was usable", "danger")
        return label(row.get_state_display(), _OFFER_COLOURS[_State(row.state)])

    @admin.display(description="problem")
    def why(self, row: Offer) -> str:
        return Truncator(row.problem).chars(80)


@admin.register(Proposal)
class ProposalAdmin(_WorkersOwn):
    list_display = ("product", "place", "state_label", "offer", "offered", "why")
    list_filter = ("state", "subject", "connection")
    search_fields = ("key",)  # for the field to be there: get_search_results() looks
    search_help_text = "Uuid of the product, code of the model, or how the identifier begins."
    list_select_related = ("offer",)
    ordering = ("-pk",)
    actions = ("approve", "reject", "write_anyway")
    object_actions: ClassVar[Sequence[str]] = actions
    fields = (
        *("offer_link", "state_label", "problem", "subject", "identifier", "key", "creates"),
        *("place", "type", "original", "before_text", "offered_text", "line", "column"),
        *("anyway", "decided_by", "decided_at", "sent_at", "written_at", "created_at"),
    )
    readonly_fields = (
        *("offer_link", "state_label", "place", "original", "before_text", "offered_text"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return cast("QuerySet[Proposal]", super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Proposal], search_term: str
    ) -> tuple[QuerySet[Proposal], bool]:
        term = searchable(search_term)
        if term:
            queryset = queryset.filter(Q(key=term) | begins_with("identifier", term))
        return queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "offer__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_object_actions(self, request: HttpRequest, row: Proposal) -> Sequence[str]:
        match row.state:
            case _Proposed.PROPOSED:
                return ("approve", "reject")
            case _Proposed.OUTDATED | _Proposed.EARLIER:
                return ("write_anyway",)
        return ()

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> None:
        self.decide_all(request, queryset, [Decision.APPROVE], "approved")

    @admin.action(description="Reject", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> None:
        self.decide_all(request, queryset, [Decision.REJECT], "rejected")

    @admin.action(description="Write anyway what was overtaken by an edit", permissions=["decide"])
    def write_anyway(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> None:
        self.decide_all(request, queryset, [Decision.ANYWAY, Decision.EARLIER], "approved")

    @admin.display(description="product", ordering="identifier")
    def product(self, row: Proposal) -> str:
        return row.identifier or row.key

    @admin.display(description="value")
    def place(self, row: Proposal) -> str:
        return " ".join(filter(None, (row.attribute, row.locale, row.scope, row.part)))

    @admin.display(description="state", ordering="state")
    def state_label(self, row: Proposal) -> SafeString:
        state = _Proposed(row.state)
        return label(state.label, _PROPOSAL_COLOURS.get(state, ""))

    @admin.display(description="offered")
    def offered(self, row: Proposal) -> str:
        return Truncator(as_text(row.value)).chars(60)

    @admin.display(description="problem")
    def why(self, row: Proposal) -> str:
        return Truncator(row.problem).chars(80)

    @admin.display(description="offer")
    def offer_link(self, row: Proposal) -> SafeString | str:
        return link_to(row.offer)

    @admin.display(description="translated from", empty_value="–")
    def original(self, row: Proposal) -> str:
        return f"{row.source_locale}: {row.source_text or '–'}" if row.source_locale else ""

    @admin.display(description="in the PIM before")
    def before_text(self, row: Proposal) -> str:
        return as_text(row.before)

    @admin.display(description="offered")
    def offered_text(self, row: Proposal) -> str:
        return as_text(row.value)


@admin.register(OfferProblem)
class OfferProblemAdmin(ReadOnlyAdmin):
    list_display = ("offer", "line", "column", "place", "message")
    list_filter = ("offer__connection",)
    search_fields = ("=line", "column", "offer__name")
    list_select_related = ("offer",)
    ordering = ("-offer", "line", "pk")
    fields = ("offer", "line", "column", "place", "message")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "offer__id__exact" or super().lookup_allowed(lookup, value, request)


def _of(offers: QuerySet[Offer]) -> QuerySet[Proposal]:
    return Proposal.objects.filter(offer__in=list(offers.values_list("pk", flat=True)))
