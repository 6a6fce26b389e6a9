"""Files that become assets, where the edition has them: their fields, and their collection."""

import pytest

from enrichment.media.asset_fields import AssetFamily, BadField
from enrichment.models import Offer
from enrichment.values import MULTISELECT, Place
from sandbox.faults import Fault
from tests.enrichment.offering import counts, csv_text
from tests.enrichment.test_propose_media import APPLY, PNG, Media, problems

FAMILY = "product_pictures"


@pytest.fixture
def media(enrichment, tmp_path):
    enrichment.pim.add_assets()
    return AssetMedia(enrichment, tmp_path / "files")


@pytest.fixture
def sku(media):
    return media.enrichment.pim.add_product("mug", "mugs").identifier


class AssetMedia(Media):
    """A folder whose table says of its files what they are."""

    def table(self, *rows, header=("file", "code", "sku", "attribute", "label-en_US")):
        self.put("assets.csv", csv_text(header, *rows).encode())

    def asset(self, code):
        found = self.assortment.asset_families[FAMILY].assets[code]["values"]
        return {name: entries[0]["data"] for name, entries in found.items()}

    def collection(self, sku):
        product = self.assortment.identified(sku)
        return self.assortment.value(product, "pictures", None, None)


def test_assets_have_their_files_and_fields_and_stand_in_their_order(media, sku):
    for name in ("a.png", "b.png", "c.png"):
        media.put(name)
    media.table(
        ["c.png", "third", sku, "pictures", "The back"],
        ["a.png", "", sku, "pictures", "The front"],
        ["b.png", "second", sku, "pictures", ""],
    )

    ended = media.offer(*APPLY)
    again = media.offer(*APPLY)

    assert ended.status == 0, (ended.err, problems(ended))
    assert counts(ended) == {"read": 3, "proposed": 3, "written": 3}
    assert counts(again) == {"read": 3, "unchanged": 3}
    assert media.collection(sku) == ["third", "a", "second"]
    assert media.asset("third")["label"] == "The back"
    file = media.assortment.asset_files[media.asset("a")["media"]]
    assert file.data == PNG + b"a.png"
    assert len(media.assortment.asset_files) == 3


def test_one_file_is_the_asset_of_many_products_and_a_name_is_enough(media, sku):
    other = media.enrichment.pim.add_product("cup", "mugs").identifier
    media.put("a.png")
    media.put(f"{sku}__pictures.png", PNG + b"a.png")
    media.table(["a.png", "", sku, "pictures", ""], ["a.png", "", other, "pictures", ""])

    ended = media.offer(*APPLY)

    assert ended.status == 0, (ended.err, problems(ended))
    assert media.collection(sku) == ["a", "mug__pictures"]
    assert media.collection(other) == ["a"]
    assert len(media.assortment.asset_files) == 1


def test_an_edit_is_kept_and_an_undo_restores(media, sku):
    media.put("a.png")
    media.table(["a.png", "", sku, "pictures", "The front"])
    media.offer(*APPLY)
    media.table(["a.png", "", sku, "pictures", "From the front"])
    second = media.offer(*APPLY)

    media.enrichment.write(media.enrichment.undo(Offer.objects.latest("pk")))
    ended = media.offer(*APPLY)

    assert counts(second) == {"read": 1, "proposed": 1, "written": 1}
    assert media.asset("a")["label"] == "The front"
    assert counts(ended) == {"read": 1, "outdated": 1}


def test_characters_of_no_text_in_the_table_are_told_and_the_rest_goes_through(media, sku):
    for name in ("a.png", "b.png"):
        media.put(name)
    header = ("file", "sku", "attribute", "label-en_US", "photo\x00grapher")
    media.table(
        ["a.png", sku, "pictures", "Fro\x00nt", "Weber"],
        ["b.png", sku, "pictures", "Back", ""],
        header=header,
    )

    ended = media.offer(*APPLY)

    assert ended.status == 1
    assert any("belong to no text" in one["message"] for one in ended.answer["problems"])
    assert any("have no “photo grapher”" in one["message"] for one in ended.answer["problems"])
    assert media.collection(sku) == ["a", "b"]
    assert "label" not in media.asset("a")
    assert media.asset("b")["label"] == "Back"


def test_a_cell_that_names_none_of_several_options_empties_nothing():
    family = AssetFamily(FAMILY, "media", {"tags": {"type": "multiple_options"}})
    place = Place("tags", type=MULTISELECT)

    assert family.value(place, "new, blue") == ["blue", "new"]
    with pytest.raises(BadField, match="no code between its commas"):
        family.value(place, " , ")


@pytest.mark.parametrize("code", ["a/b", "front view", "vörne", ".."])
def test_what_cannot_be_a_code_is_told_before_its_file_is_sent(media, sku, code):
    media.put("a.png")
    media.table(["a.png", code, sku, "pictures", ""])

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert "cannot be the code of an asset" in ended.answer["problems"][0]["message"]
    assert not media.assortment.asset_files


def test_what_is_wrong_is_told_and_the_rest_goes_through(media, sku):
    for name in ("a.png", "b.gif", "c.png"):
        media.put(name)
    header = ("file", "sku", "attribute", "label-en_US", "width", "colour")
    media.table(
        ["a.png", sku, "pictures", "Front", "wide", "red"],
        ["b.gif", sku, "pictures", "", "", ""],
        ["../c.png", sku, "pictures", "", "", ""],
        ["c.png", "nope", "pictures", "", "", ""],
        ["d.png", sku, "pictures", "", "", ""],
        ["c.png", sku, "image", "", "", ""],
        ["", sku, "pictures", "", "", ""],
        header=header,
    )

    ended = media.offer(*APPLY)

    said = " ".join(one["message"] for one in ended.answer["problems"])
    for words in (
        "“wide” is no number.",
        "have no “colour”.",
        "take no .gif but .jpg, .png, .webp.",
        "leads out of the folder",
        "no product model “nope”",
        "There is no such file in the folder.",
        "“image” holds no assets",
        "does not say which file",
    ):
        assert words in said
    assert ended.answer["invalid"] == 8
    assert media.collection(sku) == ["a"]
    assert media.asset("a")["label"] == "Front"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file;code;sku;attribute\n{0};front;{1};pictures;\n", "that speaks of it has a problem"),
        ("file;code;sku;attribute\n{0};front;;pictures\n", "that speaks of it has a problem"),
        ('file;code;sku;attribute\n"{0};front;{1};pictures\n', "cannot be read to its end"),
        ("file;code;sku;attribute\n{0};vörne;{1};pictures\n", "cannot be read to its end"),
        ("name;code;sku;attribute\n{0};front;{1};pictures\n", "cannot be read to its end"),
    ],
)
def test_what_a_bad_table_may_speak_of_becomes_no_other_asset(media, sku, table, said):
    """Under its name it would be a second asset beside the one that the table means."""
    name = f"{sku}__pictures.png"
    media.put(name)
    media.put(f"{sku}__image.png")
    media.put("assets.csv", table.format(name, sku).encode("latin-1"))

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 3, "proposed": 1, "written": 1, "invalid": 2}
    assert said in problems(ended)[name]
    assert media.collection(sku) is None
    assert not media.assortment.asset_families[FAMILY].assets


@pytest.mark.parametrize("kind", ["413", "500"])
def test_an_upload_that_fails_keeps_no_other_from_its_place(media, sku, waited, kind):
    other = media.enrichment.pim.add_product("cup", "mugs").identifier
    for one in (sku, other):
        media.put(f"{one}__pictures.png")
    media.enrichment.pim.faults.add(Fault(kind, "asset-media-files$"))

    ended = media.offer(*APPLY)

    assert counts(ended).get("refused", 0) == (1 if kind == "413" else 0)
    assert counts(ended)["written"] == (1 if kind == "413" else 2)
    assert len(media.assortment.asset_files) == (1 if kind == "413" else 2)


def test_an_asset_whose_file_is_refused_is_not_created(media, sku):
    media.put("a.png")
    media.table(["a.png", "", sku, "pictures", "The front"])
    media.enrichment.pim.faults.add(Fault("413", "asset-media-files$"))

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "proposed": 1, "refused": 1}
    assert not media.assortment.asset_families[FAMILY].assets
    assert any("Its file was refused" in one["message"] for one in ended.answer["problems"])
