"""What names of files say, and where files go by them: without a PIM."""

import time

import pytest

from enrichment.media.files import BadFile
from enrichment.media.matching import Matcher
from enrichment.media.names import BadPattern, NamePattern
from enrichment.structure import Structure
from pim.attributes import PimAttribute, PimChannel

IMAGE, FILE = "pim_catalog_image", "pim_catalog_file"


def structure(**attributes):
    """The structure of a PIM that nobody asks."""
    found = Structure(client=None)  # type: ignore[arg-type]  # what is set is not asked for
    found.attributes = {
        code: PimAttribute(code, **{"type": IMAGE, **about}) for code, about in attributes.items()
    }
    found.locales = frozenset({"en_US", "fr_FR"})
    found.channels = {
        "ecommerce": PimChannel("ecommerce", {}, frozenset({"en_US", "fr_FR"}), frozenset(), None),
        "print": PimChannel("print", {}, frozenset({"en_US"}), frozenset(), None),
    }
    return found


PIM = structure(
    image={"allowed_extensions": ("png", "JPG"), "max_file_size": "0.5"},
    packshot={"localizable": True},
    banner={"scopable": True},
    manual={"type": FILE, "localizable": True, "scopable": True, "available_locales": ("en_US",)},
    stamp={"is_read_only": True},
    name={"type": "pim_catalog_text"},
    front__back={},
)


def match(name, size=10, pattern=None):
    return Matcher(PIM, NamePattern(*filter(None, [pattern]))).match(name, size)


@pytest.mark.parametrize(
    ("name", "owner", "place"),
    [
        ("mug__image.png", "mug", ("image", "", "")),
        ("mug__image.jpg", "mug", ("image", "", "")),
        ("mug__image.PNG", "mug", ("image", "", "")),
        ("mug__image__image.png", "mug__image", ("image", "", "")),
        ("a__b__c__packshot__fr_FR.gif", "a__b__c", ("packshot", "fr_FR", "")),
        ("m.u.g__banner__print.png", "m.u.g", ("banner", "", "print")),
        ("mug__manual__en_US__print.pdf", "mug", ("manual", "en_US", "print")),
        ("mug__front__back.png", "mug", ("front__back", "", "")),
        ("__image__image.png", "__image", ("image", "", "")),
    ],
)
def test_a_name_says_where_its_file_goes(name, owner, place):
    found = match(name)

    assert found.owner == owner
    assert (found.place.attribute, found.place.locale, found.place.scope) == place


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mug.png", "does not have the form {sku}__{attribute}"),
        ("mug__image", "does not have the form"),
        ("__image.png", "does not have the form"),
        ("mug__0__imgae.png", "The PIM has no attribute “imgae”. Did you mean “image”?"),
        ("mug__0__imgae__fr_FR.png", "The PIM has no attribute “imgae”."),
        ("mug__0__name.png", "“name” holds no files: its type is pim_catalog_text."),
        ("mug__stamp.png", "read-only"),
        ("mug__image.gif", "“image” takes no .gif but .png, .jpg."),
        ("mug__image__en_US.png", "name the file as in “mug__image.png”."),
        ("mug__packshot.png", "for each language: name the file as in “mug__packshot__en_US.png”."),
        ("mug__packshot__fr_XX.png", "“fr_XX” is no active language of the PIM."),
        ("mug__banner__prnt.png", "“prnt” is no channel of the PIM. Did you mean “print”?"),
        ("mug__manual__print__en_US.pdf", "as in “mug__manual__en_US__ecommerce.png”"),
        ("mug__manual__fr_FR__print.pdf", "“print” does not have the language “fr_FR”."),
        ("mug__manual__fr_FR__ecommerce.pdf", "has values in en_US only"),
    ],
)
def test_what_a_name_says_must_be_in_the_pim(name, says):
    with pytest.raises(BadFile) as bad:
        match(name)

    assert says in str(bad.value)


def test_a_file_has_no_more_than_its_attribute_takes():
    match("mug__image.png", 512 * 1024)
    with pytest.raises(BadFile, match=r"It has 0\.50 MB; “image” takes up to 0\.5 MB"):
        match("mug__image.png", 512 * 1024 + 1)


@pytest.mark.parametrize(
    ("pattern", "name", "owner", "is_model"),
    [
        ("{code}-{attribute}.{ext}", "tee-image.png", "tee", True),
        ("{attribute}_of_{sku}.{ext}", "image_of_mug.png", "mug", False),
        ("{sku}.{attribute}[.{locale}].{ext}", "mug.packshot.fr_FR.png", "mug", False),
        ("({sku})+{attribute}.{ext}", "(mug)+image.png", "mug", False),
    ],
)
def test_another_pattern_may_be_given(pattern, name, owner, is_model):
    found = match(name, pattern=pattern)

    assert (found.owner, found.is_model) == (owner, is_model)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{attribute}.{ext}", "one of {sku} and {code}"),
        ("{sku}{code}{attribute}.{ext}", "one of {sku} and {code}"),
        ("{sku}.{ext}", "“{attribute}” must be in it"),
        ("{sku}__{attribute}", "“{ext}” must be in it"),
        ("{sku}{attribute}.{ext}", "Between “{sku}” and “{attribute}” something must stand"),
        ("{sku}-{attribute}[x{locale}].{ext}", "Between “{attribute}” and “{locale}”"),
        ("{sku}{sku}{attribute}.{ext}", "“{sku}” stands more than once"),
        ("{sku}__{atribute}.{ext}", "“{atribute}” is no field of a name. There are {sku}"),
        ("[{sku}]__{attribute}.{ext}", "“{sku}” cannot be left out"),
        ("{sku}[__{locale}", "Each “[” needs its “]”"),
        ("{sku}]__{attribute}", "Each “[” needs its “]”"),
        ("[[{locale}]]{sku}", "Each “[” needs its “]”"),
        ("{sku}/{attribute}.{ext}", "cannot be part of a name"),
        ("{sku", "cannot be part of a name"),
    ],
)
def test_a_pattern_that_names_no_value_is_refused(pattern, says):
    with pytest.raises(BadPattern) as bad:
        NamePattern(pattern)

    assert says in str(bad.value)


@pytest.mark.parametrize(
    "name", ["_" * 250 + ".", "a__" * 80 + ".", "a_" * 120 + ".!", "__image" * 36 + ".!"]
)
@pytest.mark.parametrize("pattern", ["", "{sku}_{attribute}[_{locale}][_{scope}].{ext}"])
def test_no_name_takes_long_to_read(name, pattern):
    began = time.process_time()

    with pytest.raises(BadFile):
        match(name, pattern=pattern)

    assert time.process_time() - began < 0.5
