"""Everything that belongs to one PIM, table by table. A table that is missing here is kept from
nobody: a test looks at every model."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django_celery_beat.models import PeriodicTask

from catalogs.models import (
    Catalog,
    Channel,
    ChannelId,
    Exemption,
    Freeze,
    MediaFile,
    Window,
)
from catalogs.schedules import schedules_of
from connections.models import (
    AuditRecord,
    Authorization,
    Circuit,
    Connection,
    Invitation,
    PimUser,
    Refusal,
)
from enrichment.models import (
    Offer,
    OfferProblem,
    PimFile,
    Proposal,
    RequestedTranslation,
    ServiceTranslation,
    Source,
    SourceFile,
    TranslatedText,
    TranslationOrder,
    Upload,
    WrittenValue,
)
from sync.models import (
    AlertChoice,
    AlertMessage,
    AlertSettings,
    AlertWebhook,
    AwaitedLink,
    Batch,
    Change,
    ChangedKey,
    Checkpoint,
    Departure,
    Difference,
    Document,
    EmptiedTarget,
    EventSubscription,
    Feed,
    Feedback,
    FeedEntry,
    FeedFile,
    KeyPage,
    Listing,
    ListingVariant,
    Look,
    MissingTarget,
    Notice,
    ReceivedEvent,
    Run,
    Tally,
    ToRead,
    Watched,
)


def belongings_of(connection: Connection) -> dict[str, QuerySet[Any]]:
    """Return the rows of this PIM by the name of their table, those that point to others first."""
    return {
        "changed_keys": ChangedKey.objects.filter(catalog__channel__connection=connection),
        "received_events": ReceivedEvent.objects.filter(subscription__connection=connection),
        "event_subscriptions": EventSubscription.objects.filter(connection=connection),
        "offer_problems": OfferProblem.objects.filter(offer__connection=connection),
        "service_translations": ServiceTranslation.objects.filter(connection=connection),
        "translation_orders": TranslationOrder.objects.filter(connection=connection),
        "translated_texts": TranslatedText.objects.filter(connection=connection),
        "proposals": Proposal.objects.filter(connection=connection),
        "written_values": WrittenValue.objects.filter(connection=connection),
        "pim_files": PimFile.objects.filter(connection=connection),
        "requested_translations": RequestedTranslation.objects.filter(
            source__connection=connection
        ),
        "source_files": SourceFile.objects.filter(source__connection=connection),
        "uploads": Upload.objects.filter(offer__connection=connection),
        "offers": Offer.objects.filter(connection=connection),
        "sources": Source.objects.filter(connection=connection),
        "alert_messages": AlertMessage.objects.filter(connection=connection),
        "alert_choices": AlertChoice.objects.filter(catalog__channel__connection=connection),
        "alert_settings": AlertSettings.objects.filter(user__connection=connection),
        "alert_webhooks": AlertWebhook.objects.filter(connection=connection),
        "notices": Notice.objects.filter(connection=connection),
        "admin_log": admin_log_of(connection),
        "changes": Change.objects.filter(listing__channel__connection=connection),
        "departures": Departure.objects.filter(run__catalog__channel__connection=connection),
        "emptied_targets": EmptiedTarget.objects.filter(
            listing__catalog__channel__connection=connection
        ),
        "missing_targets": MissingTarget.objects.filter(
            listing__catalog__channel__connection=connection
        ),
        "differences": Difference.objects.filter(run__catalog__channel__connection=connection),
        "batches": Batch.objects.filter(channel__connection=connection),
        "feed_entries": FeedEntry.objects.filter(feed__channel__connection=connection),
        "feed_files": FeedFile.objects.filter(feed__channel__connection=connection),
        "feeds": Feed.objects.filter(channel__connection=connection),
        "to_read": ToRead.objects.filter(catalog__channel__connection=connection),
        "watched": Watched.objects.filter(connection=connection),
        "pages_of_keys": KeyPage.objects.filter(run__catalog__channel__connection=connection),
        "checkpoints": Checkpoint.objects.filter(run__catalog__channel__connection=connection),
        "variants": ListingVariant.objects.filter(listing__channel__connection=connection),
        "awaited_links": AwaitedLink.objects.filter(channel__connection=connection),
        "listings": Listing.objects.filter(channel__connection=connection),
        # After the listings, whose going changes them.
        "tallies": Tally.objects.filter(catalog__channel__connection=connection),
        "looks": Look.objects.filter(run__catalog__channel__connection=connection),
        "runs": Run.objects.filter(catalog__channel__connection=connection),
        "schedules": schedules(connection),
        "feedback": Feedback.objects.of(connection),
        "exemptions": Exemption.objects.filter(catalog__channel__connection=connection),
        "catalogs": Catalog.objects.filter(channel__connection=connection),
        "windows": Window.objects.filter(channel__connection=connection),
        "freezes": Freeze.objects.filter(channel__connection=connection),
        "channel_ids": ChannelId.objects.filter(channel__connection=connection),
        "media": MediaFile.objects.filter(connection=connection),
        "channels": Channel.objects.filter(connection=connection),
        "circuits": Circuit.objects.filter(connection=connection),
        "people": PimUser.objects.filter(connection=connection),
        "authorizations": Authorization.objects.filter(pim_url=connection.pim_url),
        "refusals": Refusal.objects.filter(pim_url=connection.pim_url),
        "invitations": Invitation.objects.filter(pim_url=connection.pim_url),
        "connection": Connection.objects.filter(pk=connection.pk),
    }


def audit_of(connection: Connection) -> QuerySet[AuditRecord]:
    return AuditRecord.objects.filter(pim_url=connection.pim_url)


def admin_log_of(connection: Connection) -> QuerySet[LogEntry]:
    """Return what Django's admin noted about rows that staff edit: it keeps their names.

    Those of rows that are gone cannot be told from another PIM's.
    """
    edited: tuple[QuerySet[Any], ...] = (
        Connection.objects.filter(pk=connection.pk),
        Channel.objects.filter(connection=connection),
        Catalog.objects.filter(channel__connection=connection),
        Window.objects.filter(channel__connection=connection),
        Freeze.objects.filter(channel__connection=connection),
    )
    theirs = Q()
    for rows in edited:
        names = rows.order_by().annotate(name_in_log=Cast("pk", CharField())).values("name_in_log")
        of_model = ContentType.objects.get_for_model(rows.model)
        theirs |= Q(content_type=of_model, object_id__in=names)
    return LogEntry.objects.filter(theirs)


def documents_of(connection: Connection) -> QuerySet[Document]:
    """Return the contents that listings, changes and feeds of this PIM refer to."""
    listings = Listing.objects.filter(
        Q(wanted=OuterRef("pk")) | Q(sent=OuterRef("pk")), channel__connection=connection
    )
    changes = Change.objects.filter(
        Q(before=OuterRef("pk")) | Q(after=OuterRef("pk")), listing__channel__connection=connection
    )
    entries = FeedEntry.objects.filter(
        Q(document=OuterRef("pk")) | Q(staged=OuterRef("pk")),
        feed__channel__connection=connection,
    )
    return Document.objects.filter(Exists(listings) | Exists(changes) | Exists(entries))


def schedules(connection: Connection) -> QuerySet[Any]:
    tasks: QuerySet[Any] = PeriodicTask.objects.filter(name__in=schedules_of(connection))
    return tasks
