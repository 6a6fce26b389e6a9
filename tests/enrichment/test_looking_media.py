"""Sources of images and files: which are offered, once for each version, and what is told."""

import io
import os
import shutil
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from connections.enriching import switch_off
from enrichment.deciding import approve, reject, write_anyway
from enrichment.incoming import files_at, incoming_of
from enrichment.looking import look_at
from enrichment.media.kept_paths import all_kept, path_for
from enrichment.models import Offer, OfferProblem, Proposal, Source, SourceFile
from enrichment.seen_files import forget_gone_files, note_seen
from outbound.errors import ConfigurationError
from sandbox.faults import Fault
from tests.enrichment.offering import csv_text
from tests.enrichment.test_propose_media import PNG, Media

OLD = 3600  # seconds; nobody writes such a file any more


@pytest.fixture
def media(enrichment, tmp_path, settings):
    settings.ENRICHMENT_FOLDERS = [str(tmp_path)]
    settings.STATE_FOLDER = tmp_path / "state"
    return WatchedMedia(enrichment, tmp_path / "files")


@pytest.fixture
def skus(enrichment):
    return [enrichment.pim.add_product(f"mug-{n}", "mugs").identifier for n in range(4)]


@pytest.fixture
def later():
    with ExitStack() as stack:

        def later(seconds):
            moment = timezone.now() + timedelta(seconds=seconds)
            stack.enter_context(time_machine.travel(moment, tick=True))

        yield later


class WatchedMedia(Media):
    """A folder that a source looks at."""

    def __init__(self, enrichment, folder):
        super().__init__(enrichment, folder)
        self.source = Source.objects.create(
            connection=enrichment.connection,
            kind="media",
            name="Studio",
            location=str(folder),
            every=60,
            next_look_at=timezone.now(),
        )

    def put(self, name, content=None, age=OLD):
        super().put(name, content)
        date = time.time() - age
        os.utime(self.folder / name, (date, date))

    def look(self, by=""):
        self.source.refresh_from_db()
        assert look_at(self.source, by=by, sleep=self.enrichment.world.sleep)
        self.source.refresh_from_db()
        return Offer.objects.order_by("pk")

    def approve(self, offer):
        approve(offer.proposals.all(), by="Mary")
        offer.refresh_from_db()
        return self.enrichment.write(offer)


def offered(offers):
    return [(one.name, one.state, one.read, one.unchanged, one.invalid) for one in offers]


def kept(offer):
    path = path_for(offer.uuid)
    return sorted(os.listdir(path)) if path.exists() else []


def problems(offer):
    return dict(offer.problems.values_list("place", "message"))


def test_all_that_is_new_is_one_offer_and_waits(media, skus):
    for sku in skus[:3]:
        media.put(f"{sku}__image.png")

    [offer] = media.look()
    again = media.look()

    assert offered([offer]) == [("Studio", "waiting", 3, 0, 0)]
    assert (offer.kind, offer.source) == ("media", media.source)
    assert offer.proposals.filter(state="proposed").count() == 3
    assert list(again) == [offer]
    assert all(row.is_read and row.digest for row in SourceFile.objects.all())


def test_what_waits_is_sent_although_its_file_was_cleaned_up(media, skus):
    name = f"{skus[0]}__image.png"
    media.put(name)
    [offer] = media.look()
    shutil.rmtree(media.folder)

    media.approve(offer)

    assert offer.state == "done"
    assert media.holds(skus[0]) == PNG + name.encode()
    assert not path_for(offer.uuid).exists()


def test_what_needs_nobodys_approval_is_sent_at_once(media, skus, queue):
    Source.objects.update(approved=["image"])
    media.put(f"{skus[0]}__image.png")

    [offer] = media.look()

    assert offer.state == "writing"
    assert Proposal.objects.get().decided_by == "Rule of Studio"


def test_kept_is_only_what_may_still_be_sent(media, skus):
    for sku in skus:
        media.put(f"{sku}__image.png", PNG)
    media.put(f"{skus[3]}__image.png", PNG + b"other")
    [first] = media.look()
    before = kept(first)
    reject(first.proposals.filter(identifier=skus[3]), by="Mary")
    media.approve(first)
    media.put(f"{skus[0]}__image.png", PNG + b"edited")
    media.put(f"{skus[1]}__image.jpg", PNG)  # the last one counts
    second = media.look().last()

    assert before == sorted(f"{sku}__image.png" for sku in skus)
    assert kept(first) == []
    assert kept(second) == [f"{skus[0]}__image.png"]


def test_a_version_that_the_pim_has_is_unchanged_and_not_kept(media, skus):
    media.put(f"{skus[0]}__image.png")
    media.offer("--apply")

    offer = media.look().last()

    assert offered([offer]) == [(f"{skus[0]}__image.png", "done", 1, 1, 0)]
    assert kept(offer) == []
    assert media.uploads == 1


def test_a_file_that_is_only_touched_is_not_offered_again_and_a_new_version_is(media, skus):
    name = f"{skus[0]}__image.png"
    media.put(name, PNG)
    [first] = media.look()
    reject(first.proposals.all(), by="Mary")
    media.put(name, PNG, age=OLD - 10)
    touched = len(media.look())
    media.put(name, PNG + b"new", age=OLD - 20)

    offers = media.look()

    states = list(Proposal.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["rejected", "proposed"]
    assert touched == 1
    assert offered(offers)[1:] == [(name, "waiting", 1, 0, 0)]


def test_a_file_that_is_being_written_waits_and_its_neighbours_do_not(media, skus, later):
    media.put(f"{skus[0]}__image.png", PNG, age=0)
    media.put(f"{skus[1]}__image.png")

    first = media.look().last()
    said, next_look = media.source.problem, media.source.next_look_at
    later(40)
    media.put(f"{skus[0]}__image.png", PNG + b"whole", age=35)
    second = media.look().last()
    media.approve(second)

    assert list(first.proposals.values_list("identifier", flat=True)) == [skus[1]]
    assert said == f"{skus[0]}__image.png is still being written. It is read once it is complete."
    assert next_look < timezone.now() + timedelta(minutes=2)
    assert media.holds(skus[0]) == PNG + b"whole"


def test_one_bad_file_stops_none_of_its_neighbours_and_is_told_once(media, skus, tmp_path):
    outside = tmp_path / "secret.png"
    outside.write_bytes(PNG)
    (media.folder / f"{skus[1]}__image.jpg").symlink_to(outside)
    os.mkfifo(media.folder / f"{skus[2]}__image.png")
    (media.folder / "folder__image.png").mkdir()
    media.put(f"{skus[0]}__image.png")
    bad = {
        "picture.png": "does not have the form",
        f"{skus[1]}__image.gif": "takes no .gif",
        f"{skus[2]}__image.jpg": "It is empty.",
        "nobody__image.png": "no product and no product model “nobody”",
    }
    for name in bad:
        media.put(name, b"" if "jpg" in name else PNG)
    for name in (".hidden__image.png", "a__image.png.part", "Thumbs.db"):
        media.put(name)

    [offer] = media.look()
    said = media.source.problem
    again = media.look(by="Mary")

    assert offered([offer]) == [("Studio", "waiting", 5, 0, 4)]
    told = problems(offer)
    assert set(told) == set(bad)
    for name, says in bad.items():
        assert says in told[name]
    assert any(said.startswith(name) for name in bad)
    assert list(again) == [offer]
    assert OfferProblem.objects.count() == 4


@pytest.mark.parametrize(("by", "after"), [("Mary", 0), ("", 3700)], ids=["asked", "by itself"])
def test_a_picture_may_come_before_its_product(media, enrichment, later, by, after):
    media.put("late__image.png")
    first = media.look().last()
    enrichment.pim.add_product("late", "mugs")
    early = media.look().last()
    later(after)

    second = media.look(by=by).last()

    assert early == first

    assert offered([first]) == [("late__image.png", "done", 1, 0, 1)]
    assert offered([second]) == [("late__image.png", "waiting", 1, 0, 0)]
    assert media.source.problem == ""


def test_files_are_named_as_the_source_says(media, skus):
    Source.objects.update(settings={"pattern": "{attribute}-{sku}.{ext}"})
    media.put(f"image-{skus[0]}.png")

    [offer] = media.look()

    assert offered([offer])[0][1:] == ("waiting", 1, 0, 0)


def test_a_pim_that_does_not_answer_is_asked_again_and_nothing_is_doubled(media, skus):
    media.put(f"{skus[0]}__image.png")
    fault = Fault("500", path="products-uuid/search", times=8)
    media.enrichment.pim.faults.add(fault)
    media.look()
    fault.times = 0
    said = media.source.problem

    offers = media.look()

    assert "cannot answer at the moment" in said
    assert offered(offers) == [(f"{skus[0]}__image.png", "waiting", 1, 0, 0)]


def test_a_disk_without_room_leaves_a_file_for_later_and_takes_its_neighbours(
    media, skus, monkeypatch
):
    media.put(f"{skus[0]}__image.png", PNG + bytes(2_000_000))
    media.put(f"{skus[1]}__image.png", PNG)
    usage = shutil.disk_usage(media.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1024**3 + 1_000_000))
    first = media.look().last()
    said, next_look = media.source.problem, media.source.next_look_at
    monkeypatch.undo()

    second = media.look().last()

    assert kept(first) == [f"{skus[1]}__image.png"]
    assert "There is no room for the file" in said
    assert next_look < timezone.now() + timedelta(minutes=6)
    assert kept(second) == [f"{skus[0]}__image.png"]


def test_switched_off_in_the_middle_nothing_more_is_fetched(media, skus):
    for sku in skus:
        media.put(f"{sku}__image.png")
    search = r"/products-uuid/search\?"
    connection = media.enrichment.connection
    media.enrichment.world.between.meanwhile(search, lambda: switch_off(connection))

    [offer] = media.look()

    assert offer.state == "stopped"
    assert "on the page Enrichment" in media.source.problem
    assert kept(offer) == []
    assert not Proposal.objects.exists()


def test_a_rule_that_is_taken_away_in_the_middle_approves_nothing_more(media, skus):
    Source.objects.update(approved=["*"])
    media.put(f"{skus[0]}__image.png")
    media.enrichment.world.between.meanwhile(
        r"/products-uuid/search\?", lambda: Source.objects.update(approved=[])
    )

    [offer] = media.look()

    assert (offer.state, offer.proposals.get().state) == ("waiting", "proposed")


def test_a_folder_that_became_a_link_meanwhile_is_not_read(media, skus, tmp_path):
    media.put(f"{skus[0]}__image.png")
    other = tmp_path / "of_somebody_else"
    media.folder.rename(other)
    media.folder.mkdir()
    incoming = incoming_of(media.source)
    media.folder.rmdir()
    media.folder.symlink_to(other)

    with pytest.raises(ConfigurationError, match="cannot be read"):
        incoming.listed(10)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        incoming.fetch(f"{skus[0]}__image.png", io.BytesIO(), 1000)


def test_a_clock_that_ran_ahead_keeps_nothing_from_being_read(media, enrichment):
    media.put("late__image.png")
    media.source.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        look_at(media.source)
    enrichment.pim.add_product("late", "mugs")

    due = list(Source.objects.due(timezone.now()))
    offer = media.look().last()

    assert due == [media.source]
    assert offered([offer]) == [("late__image.png", "waiting", 1, 0, 0)]
    assert not Source.objects.due(timezone.now()).exists()


class Liar:
    """A server that tells of a name twice, and of a size and dates that no file has."""

    def listed(self, limit):
        return [
            ("a.png", 5, 10**9),
            ("b.png", 2**64 - 1, 10**9),
            ("c.png", 5, 2**64),
            ("a.png", 7, 2 * 10**9),
        ]


def test_a_server_that_lies_stops_nothing(media):
    entries = files_at(Liar(), "media")  # type: ignore[arg-type]  # nothing is fetched

    rows = note_seen(media.source, entries)

    assert [row.name for row in rows] == ["a.png", "b.png", "c.png"]
    assert SourceFile.objects.count() == 3
    assert rows[0].size == 7


def test_a_date_far_away_stops_nothing(media, skus):
    name = f"{skus[0]}__image.png"
    media.put(name)
    os.utime(media.folder / name, (2**33 * 1.1, 2**33 * 1.1))  # in the year 2269
    media.look()
    SourceFile.objects.update(unchanged_since=timezone.now() - timedelta(minutes=1))

    [offer] = media.look()

    assert offered([offer]) == [(name, "waiting", 1, 0, 0)]


def test_an_edit_may_be_written_over_later(media, skus, enrichment):
    name = f"{skus[0]}__image.png"
    media.put(name, PNG)
    [offer] = media.look()
    other = f"{skus[1]}__image.png"
    media.put(other, PNG + b"by hand")
    media.offer("--apply")
    product = media.assortment.identified(skus[0])
    by_hand = media.assortment.value(media.assortment.identified(skus[1]), "image", None, None)
    enrichment.pim.edit_product(product.uuid, "image", by_hand)
    Proposal.objects.filter(offer=offer).delete()
    media.put(name, PNG + b"third", age=OLD - 5)
    third = media.look().last()
    enrichment.pim.edit_product(product.uuid, "image", None)
    media.approve(third)
    outdated = list(third.proposals.filter(identifier=skus[0]).values_list("state", flat=True))
    (media.folder / name).unlink()

    write_anyway(third.proposals.all(), by="Mary")
    third.refresh_from_db()
    enrichment.write(third)

    assert outdated == ["outdated"]
    assert media.holds(skus[0]) == PNG + b"third"


def test_files_that_are_gone_for_long_are_forgotten(media, skus):
    media.put(f"{skus[0]}__image.png")
    media.look()
    (media.folder / f"{skus[0]}__image.png").unlink()
    media.look()
    SourceFile.objects.update(seen_at=timezone.now() - timedelta(days=91))

    assert forget_gone_files() == 1


class TestAssets:
    @pytest.fixture
    def media(self, media):
        media.enrichment.pim.add_assets()
        return media

    @pytest.fixture
    def table(self, media):
        def table(*rows, age=OLD):
            header = ("file", "code", "sku", "attribute", "label-en_US")
            media.put("assets.csv", csv_text(header, *rows).encode(), age)

        return table

    def collection(self, media, sku):
        product = media.assortment.identified(sku)
        return media.assortment.value(product, "pictures", None, None)

    def test_a_new_version_of_one_keeps_the_order_of_all(self, media, skus, table):
        for name in ("a.png", "b.png"):
            media.put(name)
        table(["b.png", "", skus[0], "pictures", ""], ["a.png", "", skus[0], "pictures", ""])
        media.approve(media.look().last())
        before = self.collection(media, skus[0])
        media.put("a.png", PNG + b"new", age=OLD - 5)

        offer = media.look().last()
        media.approve(offer)

        assert before == self.collection(media, skus[0]) == ["b", "a"]
        assert list(offer.proposals.values_list("key", "attribute")) == [
            ("product_pictures/a", "media")
        ]
        assert len(media.assortment.asset_files) == 3

    def test_another_table_changes_fields_and_order_and_sends_no_file(self, media, skus, table):
        for name in ("a.png", "b.png"):
            media.put(name)
        table(["b.png", "", skus[0], "pictures", ""], ["a.png", "", skus[0], "pictures", ""])
        media.approve(media.look().last())
        table(
            ["a.png", "", skus[0], "pictures", "The front"],
            ["b.png", "", skus[0], "pictures", ""],
            age=OLD - 5,
        )

        media.approve(media.look().last())

        assert self.collection(media, skus[0]) == ["a", "b"]
        found = media.assortment.asset_families["product_pictures"].assets["a"]["values"]
        assert found["label"][0]["data"] == "The front"
        assert len(media.assortment.asset_files) == 2

    def test_what_still_waits_goes_along_with_what_comes_later(self, media, skus, table):
        rows = [[name, "", skus[0], "pictures", ""] for name in ("a.png", "b.png")]
        media.put("a.png")
        table(*rows)
        first = media.look().last()
        media.put("b.png")

        second = media.look().last()
        media.approve(second)

        assert problems(first) == {"b.png": "There is no such file in the folder."}
        assert set(first.proposals.values_list("state", flat=True)) == {"replaced"}
        assert self.collection(media, skus[0]) == ["a", "b"]

    def test_what_still_waits_keeps_its_place_when_its_file_is_only_touched(
        self, media, skus, table
    ):
        table(*([name, "", skus[0], "pictures", ""] for name in ("a.png", "b.png")))
        media.put("a.png")
        media.look()
        media.put("a.png", age=OLD - 5)
        media.put("b.png")

        media.approve(media.look().last())

        assert self.collection(media, skus[0]) == ["a", "b"]

    def test_what_still_waits_keeps_its_place_when_there_is_no_room_for_it(
        self, media, skus, table, monkeypatch
    ):
        table(*([name, "", skus[0], "pictures", ""] for name in ("a.png", "b.png")))
        media.put("a.png", PNG + bytes(2_000_000))
        first = media.look().last()
        media.put("b.png")
        usage = shutil.disk_usage(media.folder)
        free = usage._replace(free=1024**3 + 1_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
        media.look()
        monkeypatch.undo()

        media.approve(media.look().last())

        assert first.proposals.exclude(state="replaced").count() == 0
        assert self.collection(media, skus[0]) == ["a", "b"]

    def test_a_collection_waits_as_long_as_an_asset_in_it_does(self, media, skus, table):
        Source.objects.update(approved=["pictures"])
        table(["a.png", "", skus[0], "pictures", ""])
        media.put("a.png")

        offer = media.look().last()

        assert set(offer.proposals.values_list("state", flat=True)) == {"proposed"}
        media.approve(offer)
        assert self.collection(media, skus[0]) == ["a"]

    def test_with_a_collection_the_assets_that_it_waits_for_are_approved(self, media, skus, table):
        table(["a.png", "", skus[0], "pictures", "The front"])
        media.put("a.png")
        media.put(f"{skus[1]}__image.png")
        offer = media.look().last()

        number = approve(offer.proposals.filter(attribute="pictures"), by="Mary")

        approved = offer.proposals.filter(state="approved", decided_by="Mary")
        assert set(approved.values_list("attribute", flat=True)) == {"pictures", "media", "label"}
        assert number == 3
        offer.refresh_from_db()
        media.enrichment.write(offer)
        assert self.collection(media, skus[0]) == ["a"]
        assert offer.proposals.get(attribute="image").state == "proposed"

    @pytest.mark.parametrize("how", ["rejected", "refused"])
    def test_an_asset_that_does_not_come_keeps_no_other_from_its_place(
        self, media, skus, table, how
    ):
        names = ("a.png", "b.png")
        for name in names:
            media.put(name)
        table(*([name, "", skus[0], "pictures", ""] for name in names))
        offer = media.look().last()
        if how == "rejected":
            reject(offer.proposals.filter(key="product_pictures/a"), by="Mary")
        else:
            media.enrichment.pim.faults.add(Fault("413", "asset-media-files$"))

        media.approve(offer)

        [lost] = offer.proposals.filter(state=how)
        assert lost.identifier in ("a", "b")
        assert self.collection(media, skus[0]) == [{"a": "b", "b": "a"}[lost.identifier]]

    def test_what_was_told_is_read_once_the_table_is_corrected(self, media, skus, table):
        name = f"{skus[0]}__pictures.png"
        media.put(name)
        table([name, "front", "", "pictures", ""])
        told = media.look().last()
        table([name, "front", skus[0], "pictures", ""], age=OLD - 5)

        media.approve(media.look().last())

        assert "stands the “attribute”" in problems(told)["assets.csv"]
        assert not told.proposals.exists()
        assert self.collection(media, skus[0]) == ["front"]

    def test_a_table_that_cannot_be_read_makes_every_asset_wait_for_it(self, media, skus, table):
        name = f"{skus[0]}__pictures.png"
        media.put(name)
        media.put("assets.csv", "file;code\n{name};vörne\n".encode("latin-1"))
        told = media.look().last()
        table([name, "front", skus[0], "pictures", ""], age=OLD - 5)

        media.approve(media.look().last())

        assert "which cannot be read to its end" in problems(told)[name]
        assert self.collection(media, skus[0]) == ["front"]

    def test_without_the_table_no_file_is_read(self, media, skus, table):
        media.put("a.png")
        table(["a.png", "", skus[0], "pictures", ""], age=0)

        assert not media.look().exists()
        assert "assets.csv is still being written" in media.source.problem
        assert not all_kept().exists()
