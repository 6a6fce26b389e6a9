"""Export or erase what is known of one person of a PIM, while the PIM stays connected."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from catalogs.models import Catalog, Channel, Exemption
from connections import audit
from connections.audit import Action
from connections.models import AuditRecord, Connection, PimUser
from enrichment.models import Offer, Proposal, TranslationOrder
from outbound.errors import ConfigurationError
from sync.models import AlertMessage, AlertSettings, EventSubscription, Run

NOBODY = "A person who was erased"
_ABOUT_PEOPLE = (Action.ROLE_CHANGED, Action.SESSIONS_ENDED, Action.PERSON_EXPORTED)
_TOLD = ("firstname", "lastname", "email", "role", "iss", "sub", "last_seen_at", "created_at")


def export_person(user: PimUser) -> dict[str, Any]:
    """Return what is known of a person, for JSON: who it is, what was recorded, runs, offers."""
    connection = user.connection
    with transaction.atomic():
        audit.record(Action.PERSON_EXPORTED, connection, user.name)
    recorded = _recorded_of(user).order_by("at", "pk")
    runs = _of_pim(Run, connection).filter(started_by=user.name).order_by("pk")
    offers = Offer.objects.filter(connection=connection, offered_by=user.name)
    texts = TranslationOrder.objects.filter(
        Q(asked_by=user.name) | Q(confirmed_by=user.name), connection=connection
    )
    decided = Proposal.objects.filter(connection=connection, decided_by=user.name)
    return {
        "pim": connection.pim_url,
        "person": {name: getattr(user, name) for name in _TOLD},
        "alerts": _alerts_of(user),
        "audit": list(recorded.values("at", "action", "actor", "subject", "details")),
        "offers": list(offers.order_by("pk").values("id", "created_at", "kind", "name", "state")),
        "texts_to_translate": list(
            texts.order_by("pk").values("id", "created_at", "kind", "state")
        ),
        "values_decided": decided.count(),
        "runs": list(runs.values("id", "created_at", "mode", "status")),
    }


@transaction.atomic
def erase_person(user: PimUser) -> None:
    """Delete a person, and take the name out of what was done by them or to them.

    What was done stays recorded. Whoever opens the app from the PIM again is a new person here.
    Raises ConfigurationError for the only manager.
    """
    connection = Connection.objects.select_for_update().get(pk=user.connection_id)
    people = PimUser.objects.filter(connection=connection).exclude(pk=user.pk)
    if user.may_manage and not people.filter(role=PimUser.Role.MANAGER).exists():
        raise ConfigurationError(
            f"{user.name} is the only manager. Make somebody else a manager first."
        )
    of_pim = AuditRecord.objects.filter(pim_url=connection.pim_url)
    of_pim.forget_actor(str(user.uuid), NOBODY)
    if user.name not in {one.name for one in people}:  # else it may be the other one's
        of_pim.filter(action__in=_ABOUT_PEOPLE).forget_subject(user.name, NOBODY)
        for rows, name in _named(connection):
            rows.filter(**{name: user.name}).update(**{name: NOBODY})
    user.delete()
    audit.record(Action.PERSON_ERASED, connection, NOBODY)


def _alerts_of(user: PimUser) -> dict[str, Any]:
    """How the person is told, and every mail that was made for them."""
    settings = AlertSettings.objects.filter(user=user)
    messages = AlertMessage.objects.filter(reader__user=user).order_by("pk")
    return {
        "settings": settings.values("address", "confirmed_at", "how", "hour", "language").first(),
        "mails": list(messages.values("kind", "notice__kind", "due_at", "sent_at")),
    }


def _recorded_of(user: PimUser) -> Any:
    """What a person did, or what was done to them."""
    done_to = Q(subject=user.name, action__in=_ABOUT_PEOPLE)
    mine = AuditRecord.objects.filter(pim_url=user.connection.pim_url)
    return mine.filter(Q(actor_key=str(user.uuid)) | done_to)


def _named(connection: Connection) -> list[tuple[QuerySet[Any], str]]:
    """Every column of the PIM's rows that holds the name of who did something."""
    requests = TranslationOrder.objects.filter(connection=connection)
    return [
        (_of_pim(Run, connection), "started_by"),
        (_of_pim(Run, connection), "stop_asked_by"),
        (Channel.objects.filter(connection=connection), "paused_by"),
        (Catalog.objects.filter(channel__connection=connection), "paused_by"),
        (EventSubscription.objects.filter(connection=connection), "paused_by"),
        (Offer.objects.filter(connection=connection), "offered_by"),
        (Proposal.objects.filter(connection=connection), "decided_by"),
        (requests, "asked_by"),
        (requests, "confirmed_by"),
        (Exemption.objects.filter(catalog__channel__connection=connection), "asked_by"),
    ]


def _of_pim(model: type[Run], connection: Connection) -> QuerySet[Run]:
    return model.objects.filter(catalog__channel__connection=connection)
