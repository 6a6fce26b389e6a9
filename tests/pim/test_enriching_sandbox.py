"""The client's writing and finding, against a PIM that answers as Akeneo's does."""

import io
import uuid

import pytest

from outbound.errors import TransientError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim import attributes, finding
from pim.client import PimClient
from pim.errors import Forbidden, NotFound, OutcomeUnknown, ValidationFailed
from pim.structure import identifier_attribute
from pim.uploads import MediaPlace
from pim.writing import Outcome
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID, make_pim
from tests.sandbox_server import serving_sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SCOPES = {
    *("write_products", "write_catalog_structure", "write_attribute_options", "write_assets"),
    *("read_asset_families", "read_channel_settings", "read_channel_localization"),
}


@pytest.fixture(scope="module")
def serving():
    pim = make_pim(products=150)
    pim.add_assets()
    with serving_sandbox(pim):
        yield pim


@pytest.fixture
def pim(serving):
    serving.faults.clear()
    serving.apps[CLIENT_ID].connected = True
    serving.has_assets, serving.wrong_level = True, "refused"
    serving.option_pace.per_second = 0
    return serving


@pytest.fixture
def client(pim):
    token = pim.set_scopes(pim.apps[CLIENT_ID], set(SCOPES))
    policy = AddressPolicy(["127.0.0.1"], insecure=True)
    with GuardedSession(policy, read_timeout=5) as session:
        yield PimClient(
            pim.base_url, token, session=session, retrier=Retrier(3, 20, sleep=lambda _: None)
        )


def simple(pim, skip=0):
    found = [p for p in pim.assortment.products_after() if p.parent is None]
    return found[skip]


def value(data, locale=None, scope=None):
    return [{"locale": locale, "scope": scope, "data": data}]


def shown(pim, product, attribute):
    return pim.assortment.value(product, attribute, None, None)


class TestWriting:
    def test_a_hundred_products_are_written_with_an_answer_each(self, pim, client):
        products = list(pim.assortment.products_after())[:100]
        lines = [{"uuid": p.uuid, "values": {"ean": value(f"E{p.uuid[:8]}")}} for p in products]
        lines[50]["values"] = {"color": value("nope")}

        found = client.writing().update_products(lines)

        refused = [each for each in found if not each.is_written]
        assert len(found) == 100
        assert [(each.line, each.key) for each in refused] == [(51, products[50].uuid)]
        assert refused[0].words == "The nope value is not in the color attribute option list."
        assert refused[0].errors[0].attribute == "color"
        assert shown(pim, products[99], "ean") == f"E{products[99].uuid[:8]}"

    @pytest.mark.parametrize("kind", ["lines-cut", "cut", "500", "500-after", "html", "429"])
    def test_whatever_goes_wrong_once_all_is_written_in_the_end(self, pim, client, kind):
        products = list(pim.assortment.products_after())[:7]
        pim.faults.add(Fault(kind, "products-uuid$"))
        text = f"after {kind}"

        found = client.writing().update_products(
            [{"uuid": p.uuid, "values": {"ean": value(text)}} for p in products]
        )

        assert {each.outcome for each in found} == {Outcome.UPDATED}
        assert {shown(pim, p, "ean") for p in products} == {text}

    def test_an_answer_that_never_comes_leaves_the_outcome_open(self, pim, client):
        product = simple(pim)
        pim.faults.add(Fault("500-after", "products-uuid$", times=3))

        with pytest.raises(OutcomeUnknown):
            client.writing().update_products(
                [{"uuid": product.uuid, "values": {"ean": value("open")}}]
            )

        assert shown(pim, product, "ean") == "open"

    def test_a_work_that_keeps_breaking_off_leaves_a_rest_unknown(self, pim, client):
        products = list(pim.assortment.products_after())[:8]
        pim.faults.add(Fault("lines-cut", "products-uuid$", times=3))

        found = client.writing().update_products(
            [{"uuid": p.uuid, "values": {"ean": value("rest")}} for p in products]
        )

        assert [each.outcome for each in found] == [Outcome.UPDATED] * 7 + [Outcome.UNKNOWN]
        assert shown(pim, products[7], "ean") != "rest"

    def test_a_pim_with_the_status_under_another_name_is_understood(self, pim, client):
        pim.line_status_name = "code"
        try:
            [found] = client.writing().update_products([{"uuid": simple(pim).uuid, "nope": 1}])
        finally:
            pim.line_status_name = "status_code"

        assert (found.outcome, found.status) == (Outcome.REFUSED, 422)

    def test_models_options_and_structure_are_written(self, pim, client):
        code = next(iter(pim.assortment.models))
        writing = client.writing()

        found = [
            *writing.update_models([{"code": code, "values": {"name": value("N", "en_US")}}]),
            *writing.save_options("color", [{"code": "mauve", "labels": {"en_US": "Mauve"}}]),
            *writing.save_attribute_groups([{"code": "translations"}]),
            *writing.save_attributes(
                [{"code": "queued", "type": "pim_catalog_boolean", "group": "translations"}]
            ),
        ]

        assert [each.status for each in found] == [204, 201, 201, 201]
        assert "mauve" in attributes.options(client, "color")
        assert attributes.attributes(client)["queued"].type == "pim_catalog_boolean"

    def test_options_are_written_as_often_as_the_pim_likes(self, pim, client):
        pim.option_pace.per_second = 3
        for number in range(3):
            client.writing().save_options("color", [{"code": f"c{number}"}])
        pim.traffic.reset()

        with pytest.raises(TransientError, match="slow down"):
            client.writing().save_options("color", [{"code": "c4"}])

        assert pim.traffic.as_json()["statuses"] == {"429": 3}


class TestUploading:
    def place(self, product, **more):
        return MediaPlace("image", identifier=product.identifier, **more)

    def test_a_file_is_sent_and_is_the_value(self, pim, client):
        product = simple(pim)

        code = client.upload_media(io.BytesIO(PNG), 'front "é".png', self.place(product))

        kept = pim.assortment.uploads[code]
        assert kept.data == PNG
        assert (kept.filename, kept.mime_type) == ('front "é".png', "image/png")
        assert shown(pim, product, "image") == code

    def test_a_model_has_a_file(self, pim, client):
        model = next(m for m in pim.assortment.models.values() if m.parent is not None)

        code = client.upload_media(io.BytesIO(PNG), "a.png", MediaPlace("image", model=model.code))

        assert pim.assortment.value(model, "image", None, None) == code

    def test_a_file_goes_in_pieces(self, pim, client, tmp_path):
        product = simple(pim)
        (tmp_path / "big.png").write_bytes(bytes(3_000_000))

        with Watched(tmp_path / "big.png") as file:
            code = client.upload_media(file, "big.png", self.place(product))

        assert len(pim.assortment.uploads[code].data) == 3_000_000
        assert max(file.taken) < 200_000

    @pytest.mark.parametrize("kind", ["429", "429-bare"])
    def test_what_the_pim_did_not_look_at_is_sent_again_from_the_start(
        self, pim, client, tmp_path, kind
    ):
        product = simple(pim)
        (tmp_path / "a.png").write_bytes(PNG)
        pim.faults.add(Fault(kind, "media-files$"))

        with (tmp_path / "a.png").open("rb") as file:
            file.read(5)  # by whoever looked at it first
            code = client.upload_media(file, "a.png", self.place(product))

        assert pim.assortment.uploads[code].data == PNG

    @pytest.mark.parametrize("kind", ["500", "500-after", "html"])
    def test_a_file_is_never_sent_twice_on_a_guess(self, pim, client, kind):
        product = simple(pim)
        pim.faults.add(Fault(kind, "media-files$"))
        pim.traffic.reset()

        with pytest.raises(OutcomeUnknown, match=r"a\.png"):
            client.upload_media(io.BytesIO(PNG), "a.png", self.place(product))

        assert pim.traffic.as_json()["total"] == 1

    @pytest.mark.parametrize(
        ("name", "more", "said"),
        [
            ("a.txt", {}, "The txt file extension is not allowed for the image attribute."),
            ("a.png", {"locale": "en_US"}, "The image attribute does not require a locale."),
        ],
    )
    def test_a_refusal_says_why(self, pim, client, name, more, said):
        with pytest.raises(ValidationFailed) as refused:
            client.upload_media(io.BytesIO(PNG), name, self.place(simple(pim), **more))

        assert said in refused.value.message

    def test_a_file_is_for_one_thing(self):
        with pytest.raises(ValueError, match="for a product or for a model"):
            MediaPlace("image").as_field()
        with pytest.raises(ValueError, match="for a product or for a model"):
            MediaPlace("image", identifier="a", model="b").as_field()


class Watched(io.FileIO):
    """A file that remembers how much of it was taken at once."""

    def __init__(self, path):
        super().__init__(path)
        self.taken = []

    def read(self, size=-1, /):
        found = super().read(size)
        self.taken.append(len(found))
        return found


class TestAssets:
    FAMILY = "product_pictures"

    def test_an_asset_is_made_of_a_file_and_linked(self, pim, client):
        assets, product = client.assets(), simple(pim)

        code = assets.upload(io.BytesIO(PNG), "front.png")
        media = [{"locale": None, "channel": None, "data": code}]
        found = assets.save(
            self.FAMILY, [{"code": "front", "values": {"media": media}}, {"code": "no good"}]
        )
        [linked] = client.writing().update_products(
            [{"uuid": product.uuid, "values": {"pictures": value(["front"])}}]
        )

        assert [each.outcome for each in found] == [Outcome.CREATED, Outcome.REFUSED]
        assert linked.is_written
        assert assets.by_code(self.FAMILY, ["front", "nope"])["front"]["values"]["media"][0][
            "data"
        ] == (code)
        assert [each["code"] for each in assets.families()] == [self.FAMILY]
        assert "alt_text" in [each["code"] for each in assets.attributes(self.FAMILY)]

    def test_an_edition_without_assets_has_no_families(self, pim, client):
        pim.has_assets = False

        with pytest.raises(NotFound):
            list(client.assets().families())

    def test_families_that_the_app_may_not_see_are_refused(self, pim, client):
        pim.grant(pim.apps[CLIENT_ID], {"read_products"})

        with pytest.raises(Forbidden):
            list(client.assets().families())

    def test_a_family_that_is_not_there_is_not_found(self, client):
        with pytest.raises(NotFound):
            client.assets().by_code("nope", ["a"])

    def test_nothing_is_asked_for_nothing(self, pim, client):
        pim.traffic.reset()

        assert client.assets().by_code(self.FAMILY, []) == {}
        assert client.assets().save(self.FAMILY, []) == []
        assert pim.traffic.as_json()["total"] == 0


class TestFinding:
    def test_products_are_found_by_their_identifiers_in_one_call(self, pim, client):
        products = list(pim.assortment.products_after())[:100]
        names = [p.identifier for p in products[:99]]
        attribute = identifier_attribute(client)
        assert attribute == "sku"
        pim.traffic.reset()

        found = finding.products_by_identifier(
            client, attribute, [*names, "nope"], attributes=["ean", "name"]
        )

        first = found[names[0]]
        assert list(found) == names
        assert (first.uuid, first.identifier) == (products[0].uuid, names[0])
        assert (first.family, first.parent) == (products[0].family, products[0].parent)
        assert first.values.keys() == {"sku", "ean", "name"}
        assert first.enabled is products[0].enabled
        assert first.categories == products[0].categories
        assert first.updated.startswith("20")
        assert pim.traffic.as_json()["total"] == 1

    def test_identifiers_of_every_kind_are_asked_for(self, pim, client):
        names = ["a,b", 'quote"', "ü/é", "x" * 200]
        for name in names:
            pim.add_product(name, "mugs")

        found = finding.products_by_identifier(client, "sku", [*names, *names])

        assert list(found) == names

    def test_products_are_found_by_uuid(self, pim, client):
        products = list(pim.assortment.products_after())[:3]
        gone = str(uuid.uuid4())

        found = finding.products_by_uuid(client, "sku", [gone, *(p.uuid for p in products)])

        assert list(found) == [p.uuid for p in products]
        assert found[products[0].uuid].values.keys() == {"sku"}

    def test_a_product_without_an_identifier_has_none(self, pim, client):
        product = pim.add_product("soon-gone", "mugs")
        pim.edit_product(product.uuid, "sku", None)

        found = finding.products_by_uuid(client, "sku", [product.uuid])

        assert found[product.uuid].identifier is None
        assert found[product.uuid].values == {}

    def test_models_are_found_by_code_in_as_few_calls_as_addresses_allow(self, pim, client):
        codes = list(pim.assortment.models)[:20]
        long = [f"{number:0>90}" for number in range(80)]
        pim.traffic.reset()

        found = finding.models_by_code(client, [*long, *codes], attributes=["name"])
        calls = pim.traffic.as_json()["total"]

        model = pim.assortment.models[codes[0]]
        assert set(found) == set(codes)
        assert found[codes[0]].family_variant == model.family_variant
        assert found[codes[0]].values.keys() <= {"name"}
        assert 1 < calls < 5

    def test_many_long_attributes_take_several_addresses(self, pim, client, monkeypatch):
        model = next(iter(pim.assortment.models.values()))
        long = [f"a{number:0>90}" for number in range(100)]
        for code in long:
            attribute = {**pim.assortment.attributes["name"], "code": code}
            monkeypatch.setitem(pim.assortment.attributes, code, attribute)
        asked = ["name", *long, "description"]
        pim.traffic.reset()

        found = finding.models_by_code(client, [model.code], attributes=asked)

        assert {"name", "description"} <= found[model.code].values.keys()
        assert 2 < pim.traffic.as_json()["total"] < 6

    def test_of_several_identifiers_it_is_the_main_one(self, pim, client, monkeypatch):
        other = {**pim.assortment.attributes["sku"], "code": "a_gtin", "is_main_identifier": False}
        monkeypatch.setitem(pim.assortment.attributes, "a_gtin", other)

        assert identifier_attribute(client) == "sku"

    def test_no_more_than_a_hundred_are_looked_for_at_once(self, client):
        many = [str(number) for number in range(101)]

        for look in (
            lambda: finding.products_by_identifier(client, "sku", many),
            lambda: finding.products_by_uuid(client, "sku", many),
            lambda: finding.models_by_code(client, many),
        ):
            with pytest.raises(ValueError, match="at most 100"):
                look()

    def test_nothing_is_asked_for_nothing(self, pim, client):
        pim.traffic.reset()

        assert finding.products_by_identifier(client, "sku", []) == {}
        assert finding.models_by_code(client, []) == {}
        assert pim.traffic.as_json()["total"] == 0

    def test_an_attribute_that_is_not_there_is_told(self, client):
        with pytest.raises(ValidationFailed, match="nope"):
            finding.products_by_identifier(client, "sku", ["x"], attributes=["nope"])


class TestStructure:
    def test_attributes_are_read_with_their_limits(self, client):
        found = attributes.attributes(client)

        assert len(found) > 60
        assert found["description"].localizable
        assert found["description"].scopable
        assert found["weight"].metric_family == "Weight"
        assert found["weight"].negative_allowed is False
        assert found["sku"].is_main_identifier
        assert found["image"].allowed_extensions == ("png", "jpg")
        assert found["image"].max_file_size == "10"
        assert found["name"].labels["fr_FR"] == "Nom"
        assert found["name"].decimals_allowed is None

    def test_options_in_their_order(self, client):
        found = attributes.options(client, "season")

        assert found["summer"].labels["de_DE"] == "Sommer"
        assert found["summer"].sort_order > 0
        with pytest.raises(NotFound):
            attributes.options(client, "name")

    def test_families_and_the_levels_of_their_variants(self, client):
        families = attributes.families(client)
        [variant] = attributes.family_variants(client, "t_shirts").values()

        assert "name" in families["t_shirts"].attributes
        assert families["t_shirts"].requirements.keys() == {"ecommerce", "print"}
        assert "name" in variant.common
        assert [sorted(axes) for axes in variant.axes] == [["color"], ["size"]]
        assert "image" in variant.levels[0]
        assert "sku" in variant.levels[1]
        assert attributes.family_variants(client, "lamps") == {}
        assert attributes.family_variants(client, "nope") == {}

    def test_channels_and_units(self, client):
        channels = attributes.channels(client)

        assert channels["print"].locales == {"en_US", "de_DE"}
        assert channels["print"].currencies == {"EUR"}
        assert channels["ecommerce"].category_tree == "master"
        assert attributes.units(client)["Weight"] == {"GRAM", "KILOGRAM", "POUND"}
