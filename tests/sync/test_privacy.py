"""The privacy kit: everything of one PIM exported, everything of it erased, nothing of another."""

import errno
import io
import json
import re
import zipfile
from datetime import time
from unittest.mock import Mock

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalogs.models import ChannelId, Exemption, Freeze, MediaFile, Window
from catalogs.schedules import apply_schedule
from connections import audit
from connections.models import AuditRecord, Authorization, Connection, Invitation, Refusal
from enrichment.media.keeping import Kept
from enrichment.models import (
    OfferProblem,
    PimFile,
    RequestedTranslation,
    ServiceTranslation,
    Source,
    SourceFile,
    TranslatedText,
    Upload,
    WrittenValue,
)
from sync import ownership
from sync.execution import execute_run
from sync.models import (
    AlertChoice,
    AlertMessage,
    AlertSettings,
    AlertWebhook,
    AwaitedLink,
    Batch,
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
    ToRead,
    Watched,
)
from sync.models.batches import Action
from sync.privacy.belongings import audit_of, belongings_of, documents_of
from sync.privacy.erase import erase_pim
from sync.privacy.export import export_pim
from sync.runs import create_run
from sync.tasks import erase_everything
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
from tests.staff import browser_of_staff, browser_of_superuser, make_change, make_staff

pytestmark = pytest.mark.django_db

ADMIN = "/admin/connections/connection/"
OURS = ("connections", "catalogs", "enrichment", "sync")
# Addresses, for an hour; where this installation is at home, and how it is: of no PIM.
NOBODYS = {"FailedAuthorization", "Installation", "SignOfLife"}


def make_pim(name):
    """A PIM with a row of everything."""
    connection = make_connection(
        pim_url=f"https://{name}.cloud.akeneo.com", token=f"token-of-{name}-planted"
    )
    mary = make_pim_user(connection, email=f"mary@{name}.example.com")
    channel = make_channel(connection, secrets={"secret": f"secret-of-{name}-planted"})
    catalog = make_catalog(channel)
    apply_schedule(catalog)
    Window.objects.create(channel=channel, days=[1], begins=time(6), ends=time(22))
    Freeze.objects.create(
        channel=channel, **dict.fromkeys(("begins_at", "ends_at"), timezone.now())
    )
    Exemption.objects.create(catalog=catalog, key=name)
    listing = make_listing(catalog, wanted=make_document(f"{name} now"))
    Feedback.objects.create(catalog=catalog, status="shop_status")
    run = make_run(catalog)
    Look.objects.create(run=run)
    make_change(listing, run=run, before=make_document("common"), after=make_document(name))
    Batch.objects.create(run=run, channel=channel, action=Action.PUSH, items=[], digest=name)
    Checkpoint.objects.create(run=run, part=Checkpoint.Part.PRODUCTS)
    KeyPage.objects.create(run=run, part=Checkpoint.Part.LISTING, packed=b"k" * 16)
    ToRead.objects.create(catalog=catalog, key=listing.key)
    Watched.objects.create(
        connection=connection,
        kind=Watched.Kind.OPTIONS,
        of=name,
        watermark=timezone.now(),
        looked_at=timezone.now(),
    )
    Departure.objects.create(run=run, listing=listing)
    EmptiedTarget.objects.create(listing=listing, target="name")
    MissingTarget.objects.create(listing=listing, target="price")
    ListingVariant.objects.create(listing=listing, uuid=listing.key)
    AwaitedLink.objects.create(channel=channel, key=listing.key, awaited=name)
    ChannelId.objects.create(channel=channel, kind="asset", key=name, external_id="1")
    MediaFile.objects.create(connection=connection, address=f"media-files/{name}.png")
    Difference.objects.create(run=run, key=listing.key, action=Action.PUSH)
    feed = Feed.objects.create(channel=channel, address_digest=f"{name}-planted")
    FeedEntry.objects.create(feed=feed, key=name, document=make_document(f"{name} told"))
    FeedFile.objects.create(feed=feed, name="products.csv", mark=name)
    make_circuit(connection, channel)
    events = EventSubscription.objects.create(connection=connection)
    ReceivedEvent.objects.create(subscription=events, event_id=name, entity="product")
    ChangedKey.objects.create(catalog=catalog, key=name)
    notice = Notice.objects.create(connection=connection, catalog=catalog, kind=Notice.Kind.HELD)
    webhook = AlertWebhook.objects.create(
        connection=connection, url=f"https://{name}.example.com", secret=f"hook-of-{name}-planted"
    )
    reader = AlertSettings.objects.create(
        user=mary, address=f"mary@{name}.example.com", confirming=f"link-of-{name}-planted"
    )
    AlertChoice.objects.create(reader=reader, catalog=catalog, how="daily")
    for receiver in ({"reader": reader}, {"webhook": webhook}):
        AlertMessage.objects.create(connection=connection, notice=notice, kind="opened", **receiver)
    source = Source.objects.create(
        connection=connection, kind="values", name="ERP", secret=f"password-of-{name}-planted"
    )
    offer = make_offer(connection, source=source)
    SourceFile.objects.create(source=source, offer=offer, name=f"{name}.csv", size=1, modified=1)
    RequestedTranslation.objects.create(source=source, subject="model", key=name, locale="fr_FR")
    Upload.objects.create(offer=offer)
    make_proposal(offer, identifier=name)
    OfferProblem.objects.create(offer=offer, line=2, message=f"Wrong in {name}.")
    WrittenValue.objects.create(
        connection=connection,
        subject="product",
        key=name,
        attribute="name",
        digest=name,
        written_at=timezone.now(),
    )
    PimFile.objects.create(
        connection=connection, subject="product", key=name, attribute="image", code=name, size=1
    )
    TranslatedText.objects.create(
        connection=connection,
        subject="product",
        key=name,
        attribute="name",
        locale="fr_FR",
        digest=name,
        source_locale="en_US",
        source_digest=name,
        translated_at=timezone.now(),
    )
    ServiceTranslation.objects.create(
        connection=connection,
        service="deepl",
        source_locale="en_US",
        target_locale="fr_FR",
        text_digest=name,
        translation=f"Of {name}, in French",
    )
    make_order(connection, catalog_name=name)
    ends = {"pim_url": connection.pim_url, "expires_at": timezone.now()}
    Authorization.objects.create(state_digest=f"{name:0>64}", browser_digest="b" * 64, **ends)
    Invitation.objects.create(token_digest=f"{name:1>64}", **ends)
    Refusal.objects.create(pim_url=connection.pim_url, message="Started elsewhere.")
    audit.record(audit.Action.CONNECTED, connection)
    for row in (connection, channel, catalog):
        LogEntry.objects.log_actions(make_staff().pk, [row], CHANGE, f"Of {name}")
    return connection


def rows_of(connection):
    """What there is of this PIM, table by table, documents and audit records included."""
    everything = {
        **belongings_of(connection),
        "documents": documents_of(connection),
        "audit": audit_of(connection),
    }
    return {name: list(rows.order_by("pk").values()) for name, rows in everything.items()}


@pytest.fixture
def acme():
    return make_pim("acme")


@pytest.fixture
def other():
    return make_pim("other")


def test_every_table_of_ours_is_in_the_kit(acme):
    tables = {rows.model.__name__ for rows in belongings_of(acme).values()}

    ours = {
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in OURS and model._meta.managed
    }
    assert tables | {"Document", "AuditRecord"} == (ours - NOBODYS) | {"PeriodicTask", "LogEntry"}
    assert all(rows_of(acme).values())


def test_the_export_has_every_row_and_no_secret(acme, other, tmp_path):
    file = tmp_path / "acme.zip"

    call_command("export_pim", acme.pim_url, "--out", str(file))

    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = rows_of(acme)
    assert {name.removesuffix(".jsonl") for name in files} == {*everything, "README.txt"}
    for name, rows in everything.items():
        told = [json.loads(line)["id"] for line in files[f"{name}.jsonl"].splitlines()]
        assert told == [row["id"] for row in rows], name
    readme = files["README.txt"]
    assert [name for name in everything if not re.search(rf"^(.*, )?{name}\b", readme, re.M)] == []
    text = "".join(files.values())
    assert "mary@acme.example.com" in text
    assert "planted" not in text
    assert "other" not in text
    assert Authorization.objects.get(pim_url=acme.pim_url).state_digest not in text


def test_nobody_else_on_the_machine_reads_an_export(acme, tmp_path):
    file = tmp_path / "acme.zip"

    call_command("export_pim", acme.pim_url, "--out", str(file))

    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_overwrites_no_file(acme, tmp_path):
    file = tmp_path / "acme.zip"
    file.write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        call_command("export_pim", acme.pim_url, "--out", str(file))

    assert file.read_text() == "mine"


def test_an_export_that_cannot_be_written_says_so_and_leaves_nothing(acme, tmp_path, monkeypatch):
    file = tmp_path / "acme.zip"

    with pytest.raises(CommandError, match=r"nowhere/acme.zip could not be written: No such file"):
        call_command("export_pim", acme.pim_url, "--out", str(tmp_path / "nowhere" / "acme.zip"))
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(zipfile.ZipFile, "writestr", Mock(side_effect=full))
    with pytest.raises(CommandError, match=r"acme.zip could not be written: No space left"):
        call_command("export_pim", acme.pim_url, "--out", str(file))

    assert not file.exists()


def test_erasing_leaves_not_one_row_and_every_row_of_another(acme, other, capsys):
    before = rows_of(other)
    of_acme = {row["id"] for row in rows_of(acme)["documents"]}
    common = make_document("common").pk

    call_command("erase_pim", acme.pim_url, "--yes", "--json")

    assert json.loads(capsys.readouterr().out)["rows"]["listings"] == 1
    assert not any(rows_of(acme).values())
    assert rows_of(other) == before
    left = set(Document.objects.filter(pk__in=of_acme).values_list("pk", flat=True))
    assert left == {common}
    record = AuditRecord.objects.get(action="erased")
    assert (record.subject, record.pim_url, record.actor) == (acme.host, "", "erase_pim")


def test_erasing_removes_what_was_kept_to_be_sent_and_nothing_of_another(
    acme, other, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.STATE_FOLDER = tmp_path
    kept = {pim.pk: Kept(make_offer(pim).uuid) for pim in (acme, other)}
    for folder in kept.values():
        with folder.adding("mug__image.png") as file:
            file.write(b"picture")

    with django_capture_on_commit_callbacks(execute=True):
        erase_pim(acme)

    assert not kept[acme.pk].path.exists()
    assert kept[other.pk].names() == ["mug__image.png"]


def test_without_yes_it_says_what_would_go_and_erases_nothing(acme):
    before = rows_of(acme)

    with pytest.raises(CommandError, match="1 listings.*--yes"):
        call_command("erase_pim", acme.pim_url)

    assert rows_of(acme) == before


def test_an_erasing_that_died_is_finished_by_the_next(acme):
    rows = belongings_of(acme)
    rows["changes"].delete()
    rows["listings"].delete()

    erase_pim(acme)

    assert not any(rows_of(acme).values())
    assert not Connection.objects.filter(pk=acme.pk).exists()


def test_a_run_under_way_writes_nothing_afterwards(world):
    run = create_run(world.again(), Run.Trigger.MANUAL)
    assert ownership.claim(run)

    erase_pim(world.connection)

    with pytest.raises(ownership.RunLost):
        execute_run(run)
    assert not Run.objects.exists()
    assert not Listing.objects.exists()
    assert not world.on_shop()


def test_an_export_is_the_same_for_a_stream(acme):
    file = io.BytesIO()

    counts = export_pim(acme, file)

    assert counts["listings"] == counts["people"] == 1
    assert zipfile.ZipFile(file).testzip() is None


def test_staff_export_it_as_a_download(acme):
    looks = "connections.view_connection"
    browser = browser_of_staff(make_staff(looks, "connections.export_connection"))

    refused = browser_of_staff(make_staff(looks)).post(f"{ADMIN}{acme.pk}/act/export_everything/")
    response = browser.post(f"{ADMIN}{acme.pk}/act/export_everything/")

    assert refused.status_code == 403
    assert response["Content-Disposition"] == 'attachment; filename="acme.cloud.akeneo.com.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as archive:
        assert "people.jsonl" in archive.namelist()


def test_the_download_of_a_pim_with_a_port_is_called_like_it(acme):
    acme.pim_url = "http://pim.acme.example.com:8081"
    acme.save()

    response = browser_of_superuser().post(f"{ADMIN}{acme.pk}/act/export_everything/")

    assert response["Content-Disposition"] == 'attachment; filename="pim.acme.example.com-8081.zip"'


def test_staff_type_the_host_before_it_is_erased(acme, other):
    staff = make_staff("connections.view_connection", "connections.delete_connection")
    browser = browser_of_staff(staff)
    address = f"{ADMIN}{acme.pk}/act/erase_everything/"

    asked = browser.post(address)
    wrong = browser.post(address, {"host": other.host})
    assert (asked.status_code, wrong.status_code) == (200, 422)
    assert "1 listings" in asked.content.decode()
    assert Connection.objects.get(pk=acme.pk).is_connected

    browser.post(address, {"host": acme.host})
    assert not Connection.objects.get(pk=acme.pk).token  # at once; a worker does the rest
    erase_everything(acme.pk, ["staff", staff.username, staff.username])

    assert not any(rows_of(acme).values())
    assert AuditRecord.objects.get(action="erased").actor == staff.username


def test_staff_who_may_not_delete_erase_nothing(acme):
    browser = browser_of_staff(make_staff("connections.view_connection"))

    response = browser.post(f"{ADMIN}{acme.pk}/act/erase_everything/", {"host": acme.host})

    assert response.status_code == 403
    assert all(rows_of(acme).values())
