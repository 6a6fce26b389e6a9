"""Staff who open admin, and rows of everything for them to look at."""

from datetime import time
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import Group, Permission, User
from django.db import connection as database
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog, Freeze, MediaFile, Window
from catalogs.schedules import apply_schedule
from connections.audit import Action as Act
from connections.audit import record
from connections.models import Authorization, Installation, Invitation, Refusal
from enrichment.models import OfferProblem, RequestedTranslation, Source, SourceFile
from sync.models import (
    AlertMessage,
    AlertSettings,
    AlertWebhook,
    Batch,
    Change,
    ChangedKey,
    Checkpoint,
    Difference,
    EventSubscription,
    Feed,
    Feedback,
    Listing,
    Notice,
    ReceivedEvent,
    Run,
    Watched,
)
from sync.models.batches import Action
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_connection,
    make_document,
    make_listing,
    make_offer,
    make_order,
    make_pim_user,
    make_proposal,
    make_run,
)
from tests.pages.conftest import Browser

SECRET = "planted-secret"


def make_staff(*permissions: str, **values: Any) -> User:
    """A member of staff with exactly these permissions, such as `sync.add_run`."""
    number = User.objects.count()
    staff = User.objects.create(username=f"staff{number}", is_staff=True, **values)
    for permission in permissions:
        app, codename = permission.split(".")
        staff.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return staff


def browser_of_staff(staff: User) -> Browser:
    browser = Browser()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def browser_of_superuser() -> Browser:
    return browser_of_staff(make_staff(is_superuser=True))


def make_change(listing: Listing, **values: Any) -> Change:
    run = values.pop("run", None) or make_run(listing.catalog)
    defaults: dict[str, Any] = {
        "run": run,
        "action": Action.PUSH,
        "after": make_document(),
        "outcome": Change.Outcome.ACCEPTED,
    }
    return Change.objects.create(listing=listing, **{**defaults, **values})


def make_everything() -> list[Model]:
    """One row of everything that admin shows, with secrets in it."""
    connection = make_connection(
        client_id="client-1", client_secret=f"client-{SECRET}", token=f"token-{SECRET}"
    )
    channel = make_channel(connection, secrets={"secret": f"channel-{SECRET}"})
    catalog = make_catalog(channel)
    apply_schedule(catalog)
    listing = make_listing(catalog, wanted=make_document(), sent=make_document())
    change = make_change(listing, before=listing.sent, message="Fine.")
    run = change.run
    batch = Batch.objects.create(
        run=run,
        channel=channel,
        action=Action.PUSH,
        items=[[listing.pk, listing.wanted_id], [listing.pk + 1_000_000, None]],
        digest="d" * 64,
        tries=1,
    )
    number = User.objects.count()
    return [
        connection,
        make_pim_user(connection),
        Authorization.objects.create(
            state_digest=f"{number:064}",
            browser_digest="b" * 64,
            pim_url=connection.pim_url,
            expires_at=timezone.now(),
        ),
        Refusal.objects.create(pim_url=connection.pim_url, message="The PIM did not answer."),
        Installation.objects.get_or_create(defaults={"base_url": "http://testserver"})[0],
        record(Act.CHANNEL_CHANGED, connection, channel, settings=["endpoint"]),
        Invitation.objects.create(
            token_digest=f"{number:064}",
            pim_url=connection.pim_url,
            created_by="staff",
            expires_at=timezone.now(),
        ),
        make_circuit(connection, channel),
        channel,
        catalog,
        Window.objects.create(channel=channel, days=[1, 2], begins=time(6), ends=time(22)),
        Freeze.objects.create(
            channel=channel, begins_at=timezone.now(), ends_at=timezone.now(), reason="Sale"
        ),
        MediaFile.objects.create(
            connection=connection,
            address="/api/rest/v1/media-files/f/front.png/download",
            digest="d" * 64,
            name="front.png",
            mime_type="image/png",
            size=2048,
        ),
        listing,
        listing.wanted,
        change,
        run,
        batch,
        Difference.objects.create(
            run=run, key=listing.key, action=Action.PUSH, fields=[["name", None, '"New"']]
        ),
        Checkpoint.objects.create(run=run, part=Checkpoint.Part.PRODUCTS),
        Watched.objects.create(
            connection=connection,
            kind=Watched.Kind.MODELS,
            watermark=timezone.now(),
            looked_at=timezone.now(),
        ),
        offer := make_offer(connection, state="waiting", owner=""),
        make_proposal(offer),
        OfferProblem.objects.create(offer=offer, line=2, column="weight", message="No number."),
        source := Source.objects.create(
            connection=connection, kind="values", name="ERP", secret=f"source-{SECRET}"
        ),
        SourceFile.objects.create(source=source, offer=offer, name="1.csv", size=1, modified=1),
        RequestedTranslation.objects.create(
            source=source, subject="product", key="k", locale="fr_FR", problem="No text."
        ),
        make_order(connection, offer=offer),
        notice := Notice.objects.create(
            connection=connection, catalog=catalog, kind=Notice.Kind.PARKED
        ),
        reader := AlertSettings.objects.create(
            user=make_pim_user(connection, firstname="Anna"), address="anna@acme.example.com"
        ),
        AlertWebhook.objects.create(
            connection=connection, url="https://hooks.example.com/x", secret=f"hook-{SECRET}"
        ),
        AlertMessage.objects.create(
            connection=connection, reader=reader, notice=notice, kind=AlertMessage.Kind.OPENED
        ),
        Feedback.objects.create(catalog=catalog, status="shop_status"),
        events := EventSubscription.objects.create(connection=connection, is_wanted=True),
        ReceivedEvent.objects.create(
            subscription=events, event_id=str(number), type="product.updated", entity="product"
        ),
        ChangedKey.objects.create(catalog=catalog, key=listing.key),
        Feed.objects.create(channel=channel, version=2, published_version=1),
        PeriodicTask.objects.get(name__contains=str(catalog.uuid)),
        make_staff(),
        Group.objects.create(name=f"Group {number}"),
        AccessAttempt.objects.create(
            username=f"mallory{number}",
            ip_address="192.0.2.1",
            user_agent="curl",
            get_data="",
            post_data=f"password={SECRET}",
            http_accept="",
            path_info="/admin/login/",
            failures_since_start=10,
        ),
        AccessLog.objects.create(
            username="mary",
            ip_address="192.0.2.2",
            user_agent="curl",
            http_accept="",
            path_info="/admin/login/",
        ),
    ]


def queries_of(browser: Browser, path: str) -> int:
    """How many queries this page costs."""
    with CaptureQueriesContext(database) as queries:
        browser.see(path)
    return len(queries)


def park(catalog: Catalog, number: int = 1) -> None:
    for _ in range(number):
        make_listing(catalog, status=Listing.Status.PARKED, wanted=make_document())


def hold(catalog: Catalog, number: int = 1) -> None:
    for _ in range(number):
        make_listing(catalog, status=Listing.Status.HELD, sent=make_document())


def make_troubles() -> None:
    """One catalog for each way to need a person, and one that needs nobody."""
    fine, stuck, held, parked, gone = (
        make_catalog(name=name) for name in ("Fine", "Stuck", "Held", "Parked", "Gone")
    )
    make_run(stuck, status=Run.Status.FAILED)
    make_run(fine, status=Run.Status.FAILED)
    make_run(fine, status=Run.Status.SUCCEEDED)
    make_run(fine, status=Run.Status.FAILED, dry_run=True)
    hold(held, 2)
    park(parked, 3)
    gone.pim_state = Catalog.PimState.GONE
    gone.save()
    put_aside = make_catalog(name="Put aside", archived_at=timezone.now(), pim_state="gone")
    make_run(put_aside, status=Run.Status.FAILED)
