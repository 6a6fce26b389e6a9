"""What staff finds where in admin: one grouping, for the sidebar and for the first page."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog, Channel, Freeze, MediaFile, Window
from connections.admin_base import changelist_url
from connections.models import (
    AuditRecord,
    Authorization,
    Circuit,
    Connection,
    Installation,
    Invitation,
    PimUser,
    Refusal,
)
from enrichment.models import (
    Offer,
    OfferProblem,
    Proposal,
    RequestedTranslation,
    Source,
    SourceFile,
    TranslationOrder,
)
from sync.models import (
    AlertMessage,
    AlertSettings,
    AlertWebhook,
    Batch,
    Change,
    ChangedKey,
    Checkpoint,
    Difference,
    Document,
    EventSubscription,
    Feed,
    Feedback,
    Listing,
    Notice,
    ReceivedEvent,
    Run,
    Watched,
)

_Entry = tuple[type[Model], str, str, str]  # model, title, icon, what it is good for

_GROUPS: tuple[tuple[str, tuple[_Entry, ...]], ...] = (
    (
        "Connections",
        (
            (Connection, "PIMs", "link", "Register a PIM, see what it granted"),
            (
                Invitation,
                "Invitations",
                "mail",
                "Links to connect a PIM, given to its administrator",
            ),
            (PimUser, "PIM users", "group", "Who opened the app from Akeneo"),
            (Authorization, "Authorizations", "key", "Whether a click on Connect came back"),
            (Refusal, "Refusals", "block", "What those were told who did not get in"),
            (AuditRecord, "Audit trail", "policy", "Who did what, never changed; export it"),
            (Installation, "Installation", "dns", "Whether this is production, or a copy of it"),
        ),
    ),
    (
        "Channels and catalogs",
        (
            (Channel, "Channels", "storefront", "Where products go, with which settings"),
            (Catalog, "Catalogs", "inventory_2", "What goes there, how often; sync now"),
            (Window, "Hours", "calendar_month", "When channels are sent to, every week"),
            (Freeze, "Freezes", "ac_unit", "When they are not, such as on Black Friday"),
            (MediaFile, "Files", "image", "Pictures and other files of PIMs, kept once each"),
        ),
    ),
    (
        "Sync",
        (
            (Run, "Runs", "sync", "What each run did, and its problem"),
            (Listing, "Listings", "sell", "Why a product is, or is not, on a channel"),
            (Change, "Changes", "history", "What was sent for which product, and the answer"),
            (
                Difference,
                "Differences",
                "difference",
                "What dry runs would have changed; export it",
            ),
            (Batch, "Batches", "local_shipping", "Calls to channels"),
            (Circuit, "Circuits", "power_off", "PIMs and channels that do not answer"),
            (EventSubscription, "Events", "sensors", "Which PIMs tell of their changes"),
            (ReceivedEvent, "Received events", "inbox", "What they told, for some days"),
            (ChangedKey, "Changed products", "update", "What catalogs have still to read for it"),
            (Notice, "Notices", "notifications", "What people were told, and whether it is over"),
            (AlertMessage, "Alerts", "mail", "Mails and calls: sent, waiting or given up"),
            (AlertSettings, "Alert settings", "tune", "Who is told how, at which address"),
            (
                AlertWebhook,
                "Webhooks",
                "webhook",
                "Where alerts are posted to, and if it works",
            ),
            (Feed, "Feeds", "rss_feed", "Files that are written as a whole"),
            (Document, "Documents", "data_object", "Contents as they were sent"),
            (Checkpoint, "Checkpoints", "flag", "Where unfinished runs read on"),
            (Watched, "Watched", "visibility", "When options, categories, … were looked at"),
        ),
    ),
    (
        "Enrichment",
        (
            (Offer, "Offers", "assignment", "What was offered to PIMs at once, such as a file"),
            (Proposal, "Values", "edit_note", "Each value: why it was, or was not, written"),
            (OfferProblem, "Problems", "report", "What could not be used of what was offered"),
            (Feedback, "Feedback", "reply", "What catalogs write into PIMs of their channels"),
            (Source, "Sources", "input", "Where values come from, and what each may do"),
            (SourceFile, "Files", "draft", "What was seen at sources, and what was read"),
            (
                RequestedTranslation,
                "Requests",
                "translate",
                "What people asked in the PIM to have translated, and what became of it",
            ),
            (TranslationOrder, "Translations", "translate", "Texts for translators or a service"),
        ),
    ),
    ("Schedules", ((PeriodicTask, "Periodic tasks", "schedule", "What starts by itself, when"),)),
    (
        "Staff",
        (
            (User, "Users", "badge", "Who may use this admin"),
            (Group, "Groups", "groups", "Permissions that several share"),
            (AccessAttempt, "Failed sign-ins", "lock", "Delete one to let the person in again"),
            (AccessLog, "Sign-ins", "login", "Who signed in, and when"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups as unfold's sidebar takes them, with what this person may see."""
    home = {"title": "What needs you", "icon": "notifications", "link": reverse("admin:index")}
    groups = [{"title": title, "items": _items(request, entries)} for title, entries in _GROUPS]
    return [{"items": [home]}, *(group for group in groups if group["items"])]


def _items(request: HttpRequest, entries: tuple[_Entry, ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": changelist_url(model), "description": description}
        for model, title, icon, description in entries
        if admin.site.get_model_admin(model).has_view_permission(request)
    ]
