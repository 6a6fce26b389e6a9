"""Files of a folder, offered by the command `propose_media`: what it counts, sends and says."""

import hashlib
import os

import pytest

from enrichment.models import Offer, PimFile, Proposal
from sandbox.faults import Fault
from tests.enrichment.offering import counts
from tests.programs import call

APPLY = ("--apply",)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def skus(enrichment):
    """Identifiers of products without a picture."""
    return [enrichment.pim.add_product(f"mug__{n}", "mugs").identifier for n in range(5)]


@pytest.fixture
def pictured(enrichment):
    """The identifier of a product that came with a picture."""
    return enrichment.pim.assortment.product(enrichment.uuids[0]).identifier


@pytest.fixture
def media(enrichment, tmp_path):
    return Media(enrichment, tmp_path / "files")


class Media:
    """A folder with files, offered to the world's PIM."""

    def __init__(self, enrichment, folder):
        self.enrichment, self.folder = enrichment, folder
        self.assortment = enrichment.pim.assortment
        folder.mkdir()

    def put(self, name, content=None):
        (self.folder / name).write_bytes(PNG + name.encode() if content is None else content)

    def offer(self, *options):
        pim = ("--pim", self.enrichment.world.url)
        return call("propose_media", self.folder, *pim, "--json", *options)

    def holds(self, sku, attribute="image"):
        """The bytes of the file that the PIM has there; the code of one that came with the shop."""
        product = self.assortment.identified(sku)
        found = self.assortment.values_of(product).get(attribute, [])
        code = found[0]["data"] if found else None
        return self.assortment.uploads[code].data if code in self.assortment.uploads else code

    @property
    def uploads(self):
        return len(self.assortment.uploads)


def problems(ended):
    return {one["file"]: one["message"] for one in ended.answer["problems"]}


def test_a_dry_run_counts_files_and_remembers_nothing(media, skus):
    media.put(f"{skus[0]}__image.png")
    before = media.holds(skus[0])

    ended = media.offer()

    assert ended.status == 0
    assert counts(ended) == {"read": 1, "proposed": 1}
    assert not Offer.objects.exists()
    assert not PimFile.objects.exists()
    assert (media.holds(skus[0]), media.uploads) == (before, 0)


def test_files_stand_where_their_names_say_and_go_up_once(media, skus):
    for sku in skus[:3]:
        media.put(f"{sku}__image.png")

    ended = media.offer(*APPLY)
    again = media.offer(*APPLY)

    assert (ended.status, again.status) == (0, 0), ended.err
    assert counts(ended) == {"read": 3, "proposed": 3, "written": 3}
    assert counts(again) == {"read": 3, "unchanged": 3}
    for sku in skus[:3]:
        assert media.holds(sku) == PNG + f"{sku}__image.png".encode()
    assert media.uploads == 3


def test_one_content_for_many_values_goes_up_once(media, skus):
    for sku in skus[:4]:
        media.put(f"{sku}__image.png", PNG)

    ended = media.offer(*APPLY)
    media.put(f"{skus[4]}__image.png", PNG)
    later = media.offer(*APPLY)

    assert counts(ended) == {"read": 4, "proposed": 4, "written": 4}
    assert counts(later) == {"read": 5, "proposed": 1, "unchanged": 4, "written": 1}
    assert {media.holds(sku) for sku in skus[:5]} == {PNG}
    assert media.uploads == 1


def test_what_somebody_put_there_by_hand_is_known_by_its_content(media, skus):
    media.put(f"{skus[0]}__image.png", PNG)
    media.offer(*APPLY)
    PimFile.objects.all().delete()

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "unchanged": 1}
    assert PimFile.objects.get().content == hashlib.sha256(PNG).hexdigest()
    assert media.uploads == 1


def test_a_model_gets_its_file(media):
    model = next(m for m in media.assortment.models.values() if m.parent is not None)
    media.put(f"{model.code}__image.png")

    ended = media.offer(*APPLY)
    by_code = media.offer(*APPLY, "--pattern", "{code}__{attribute}.{ext}")

    assert counts(ended) == {"read": 1, "proposed": 1, "written": 1}, problems(ended)
    assert counts(by_code) == {"read": 1, "unchanged": 1}


def test_undo_puts_the_former_file_back(media, pictured, enrichment):
    before = media.holds(pictured)
    media.put(f"{pictured}__image.png")
    media.offer(*APPLY)

    undoing = enrichment.write(enrichment.undo(Offer.objects.get()))
    again = media.offer(*APPLY)

    assert before is not None
    assert undoing.state == Offer.State.DONE
    assert media.holds(pictured) == before
    assert counts(again) == {"read": 1, "outdated": 1}


def test_an_edit_of_somebody_is_kept(media, skus):
    media.put(f"{skus[0]}__image.png", PNG)
    media.put(f"{skus[1]}__image.png", PNG + b"other")
    media.offer(*APPLY)
    product = media.assortment.identified(skus[0])
    other = media.assortment.value(media.assortment.identified(skus[1]), "image", None, None)
    media.enrichment.pim.edit_product(product.uuid, "image", other)

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 2, "unchanged": 1, "outdated": 1}
    assert media.holds(skus[0]) == PNG + b"other"


def test_an_edit_between_offer_and_upload_is_kept(media, pictured):
    media.put(f"{pictured}__image.png", PNG)
    product = media.assortment.identified(pictured)
    edit = media.enrichment.pim.edit_product
    # Read to be compared, then before its batch, then once more before it is sent.
    media.enrichment.world.between.meanwhile(
        r"/products-uuid/search\?", lambda: edit(product.uuid, "image", None), after=1
    )

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "proposed": 1, "outdated": 1}
    assert media.holds(pictured) is None
    assert media.uploads == 0


def test_names_that_say_nothing_are_told_and_the_others_go_through(media, skus):
    media.put(f"{skus[1]}__image.png")
    bad = {
        "picture.png": "does not have the form {sku}__{attribute}",
        f"{skus[0]}__image.gif": "“image” takes no .gif but .png, .jpg.",
        "nope__image.png": "The PIM has no product and no product model “nope”.",
        "..__image.png": "The PIM has no product and no product model “..”.",
        "a\\..\\b__image.png": "leads out of the folder",
        f"{skus[0]}__image\n.png": "characters that are no text",
    }
    for name in bad:
        media.put(name)

    ended = media.offer(*APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 7, "proposed": 1, "invalid": 6, "written": 1}
    told = problems(ended)
    for name, says in bad.items():
        assert says in told[name.replace("\n", " ")]


def test_what_is_no_file_of_the_folder_is_not_opened(media, skus, tmp_path):
    (tmp_path / "secret.png").write_bytes(PNG)
    (media.folder / f"{skus[0]}__image.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(media.folder / f"{skus[1]}__image.png")
    media.put(f"{skus[2]}__image.png", b"")
    (media.folder / "more").mkdir()
    media.put(".DS_Store")

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 3, "invalid": 3}
    told = list(problems(ended).values())
    assert sorted(told)[0].startswith("It is a link.")
    assert {"It is empty.", "It is no file."} <= set(told)


def test_a_file_beyond_the_attributes_limit_is_not_read(media, skus):
    with (media.folder / f"{skus[0]}__image.png").open("wb") as file:
        file.truncate(2 * 1024**3)

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert "It has 2048.00 MB; “image” takes up to 10 MB." in problems(ended).popitem()[1]


def test_of_two_files_for_one_value_the_last_counts(media, skus):
    media.put(f"{skus[0]}__image.jpg")
    media.put(f"{skus[0]}__image.png")

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 2, "proposed": 1, "invalid": 1, "written": 1}
    assert problems(ended) == {
        f"{skus[0]}__image.jpg": f"“{skus[0]}__image.png” is for the same value, and the last one "
        "counts."
    }
    assert media.holds(skus[0]).endswith(b".png")


@pytest.mark.parametrize(("kind", "says"), [("413", "too large"), ("403-oversized", "too large")])
def test_what_the_pim_refuses_is_told_with_its_words(media, skus, kind, says):
    for sku in skus[:3]:
        media.put(f"{sku}__image.png", PNG + sku.encode() + bytes(200_000))
    media.enrichment.pim.faults.add(Fault(kind, "media-files$"))

    ended = media.offer(*APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 3, "proposed": 3, "written": 2, "refused": 1}
    [(file, message)] = problems(ended).items()
    assert file.endswith("__image.png")
    assert says in message


@pytest.mark.parametrize("kind", ["429", "500-after", "cut"])
def test_a_lost_answer_loses_and_doubles_nothing(media, skus, waited, kind):
    for sku in skus[:3]:
        media.put(f"{sku}__image.png")
    media.enrichment.pim.faults.add(Fault(kind, "media-files$"))

    ended = media.offer(*APPLY)

    assert ended.status == 0, ended.err
    assert counts(ended) == {"read": 3, "proposed": 3, "written": 3}
    assert media.uploads == 3
    assert not PimFile.objects.filter(code="").exists()


def test_a_file_that_the_pim_has_lost_is_sent_again(media, skus):
    media.put(f"{skus[0]}__image.png", PNG)
    media.offer(*APPLY)
    media.assortment.uploads.clear()
    media.put(f"{skus[1]}__image.png", PNG)

    refused = media.offer(*APPLY)
    ended = media.offer(*APPLY)

    assert counts(refused)["refused"] == 1
    assert counts(ended)["written"] == 1
    assert media.holds(skus[1]) == PNG


def test_a_file_that_changed_after_it_was_offered_is_not_sent(media, skus):
    media.put(f"{skus[0]}__image.png", PNG)
    media.enrichment.world.between.meanwhile(
        r"/products-uuid/search\?",
        lambda: media.put(f"{skus[0]}__image.png", PNG + b"longer"),
        after=1,
    )

    ended = media.offer(*APPLY)

    assert counts(ended) == {"read": 1, "proposed": 1, "refused": 1}
    assert "It changed after it was offered" in problems(ended).popitem()[1]
    assert media.uploads == 0
    assert Proposal.objects.get().state == Proposal.State.REFUSED


def test_a_folder_that_is_not_there_is_told_in_a_line(media):
    ended = call("propose_media", media.folder / "nope", "--pim", media.enrichment.world.url)
    bad = media.offer("--pattern", "{sku}.{ext}")

    assert (ended.status, ended.problem) == (
        1,
        f"{media.folder}/nope cannot be read: No such file or directory.",
    )
    assert bad.problem == "“{attribute}” must be in it."
