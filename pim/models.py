"""The models of one catalog with their variants, and where a product hangs (pim-contract.md 2.6).

The PIM lists models, and the variants of each one elsewhere; it has no address of a single model.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from pim.calls import SAFE_LIMIT, PimCalls
from pim.errors import CatalogGone, NotFound
from pim.links import api_url, atom
from pim.pages import Reader
from pim.values import ModelPage, RawModel, RawProduct

_MODELS, _VARIANTS = "mapped-models", "variants"
_AXIS_VALUES, _ALSO_AXIS_VALUES = "variation_axes_values", "variant_axes_values"

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class CatalogModels:
    """Reads the models of one catalog; threads may share it. Raises what PimClient raises."""

    def __init__(
        self, calls: PimCalls, read: Reader, limits: dict[str, int], catalog_id: str
    ) -> None:
        self._calls = calls
        self._read = read
        self._limits = limits
        self._root = f"catalogs/{quote(catalog_id, safe='')}/{_MODELS}"

    def pages(
        self, *, link: str | None = None, updated_after: datetime | None = None
    ) -> Iterator[ModelPage]:
        """The models in pages of up to 100. The parameters are those of `PimClient.uuid_pages`.

        A model's own date does not move with its variants.
        """
        first = link or self._first(self._root, _MODELS, updated_after=updated_after)
        for page, next_link, read in self._calls.pages(
            first,
            self._read.models,
            gone=CatalogGone,
            on_smaller=lambda: self._be_content(_MODELS),
            cursor_of=lambda model: model.key,
        ):
            yield ModelPage(page.items, next_link, read)

    def variants(self, code: str) -> tuple[RawProduct, ...]:
        """All variants of a model that the catalog has.

        None of them where the model, or its whole catalog, is not there for this app. Read at the
        address that follows from the code, whatever address the model tells.
        """
        first = self._first(f"{self._root}/{quote(code, safe='')}/variants", _VARIANTS)
        found: list[RawProduct] = []
        try:
            for page, _, _ in self._calls.pages(
                first,
                self._read.products,
                on_smaller=lambda: self._be_content(_VARIANTS),
                cursor_of=lambda variant: variant.key,
            ):
                found += page.items
        except NotFound:
            return ()
        return tuple({one.key: one for one in found}.values())

    def one(self, code: str) -> RawModel | None:
        """One model, by asking for what follows right before it; None if that did not find it.

        How the PIM orders codes is not documented: None does not mean that it is gone.
        """
        before = _right_before(code)
        if before is None:
            return None
        url = api_url(self._calls.pim_url, self._root, {"limit": 1, "search_after": before})
        page = self._calls.call("GET", url, self._read.models, gone=CatalogGone)
        return next((model for model in page.items if model.key == code), None)

    def search(self, codes: Collection[str]) -> list[RawModel]:
        """Those of the models that the catalog has, by reading the list until all are found."""
        missing, found = set(codes), list[RawModel]()
        for page in self.pages() if missing else ():
            found += [model for model in page.models if model.key in missing]
            missing -= {model.key for model in page.models}
            if not missing:
                break
        return found

    def roots(
        self,
        uuids: Sequence[str],
        *,
        known: Callable[[Collection[str]], Collection[str]] = lambda codes: (),
    ) -> dict[str, str | None]:
        """Of products of the PIM that the app may see: the uppermost model's code, None if simple.

        `known` tells which of some codes are uppermost models, so that the PIM is not asked.
        """
        parents: dict[str, str | None] = {}
        for start in range(0, len(uuids), SAFE_LIMIT):
            parents |= self._parents(uuids[start : start + SAFE_LIMIT])
        codes = {code for code in parents.values() if code}
        uppermost = known(codes) if codes else ()
        above = {code: code if code in uppermost else self._above(code) for code in codes}
        return {uuid: above[code] if code else None for uuid, code in parents.items()}

    def _parents(self, uuids: Sequence[str]) -> dict[str, str | None]:
        condition = {"uuid": [{"operator": "IN", "value": list(uuids)}]}
        asked = {
            "search": msgspec.json.encode(condition).decode(),
            "pagination_type": "search_after",
            "limit": SAFE_LIMIT,
        }
        url = api_url(self._calls.pim_url, "products-uuid", asked)
        page = self._calls.call("GET", url, self._read.items)
        return {str(one.get("uuid", "")).lower(): one.get("parent") or None for one in page.items}

    def _above(self, code: str) -> str:
        """The model above this one, or itself: there are two levels of models at most."""
        url = api_url(self._calls.pim_url, f"product-models/{quote(code, safe='')}")
        try:
            return str(self._calls.call("GET", url, self._read.object).get("parent") or code)
        except NotFound:  # not permitted to this app
            return code

    def _first(self, path: str, kind: str, *, updated_after: datetime | None = None) -> str:
        params: dict[str, object] = {
            "limit": self._limits[kind],
            "updated_after": updated_after and atom(updated_after),
        }
        return api_url(self._calls.pim_url, path, params)

    def _be_content(self, kind: str) -> None:
        self._limits[kind] = SAFE_LIMIT


def with_variants(model: RawModel, variants: Sequence[RawProduct]) -> RawProduct:
    """The model with its variants in it, all values to the letter as the PIM sent them.

    The values of the axes have two documented names; one is used from here on.
    """
    bodies = [_with_usual_name(one.body) for one in variants]
    uuids = tuple(dict.fromkeys(one.key for one in variants))
    if model.variants is not None and [one.body for one in model.variants] == bodies:
        return RawProduct(model.key, model.body, uuids)
    members: Mapping[str, Any] = _members.decode(model.body)
    joined = {**members, _VARIANTS: [msgspec.Raw(body) for body in bodies]}
    return RawProduct(model.key, msgspec.json.encode(joined), uuids)


def _with_usual_name(body: bytes) -> bytes:
    if _ALSO_AXIS_VALUES.encode() not in body:
        return body
    members = _members.decode(body)
    if _AXIS_VALUES in members or _ALSO_AXIS_VALUES not in members:
        return body
    name_of = {_ALSO_AXIS_VALUES: _AXIS_VALUES}
    renamed = {name_of.get(name, name): value for name, value in members.items()}
    return msgspec.json.encode(renamed)


def _right_before(code: str) -> str | None:
    """A text right before this code in the order of characters, None where it is hard to tell."""
    if not code.isascii() or not code[-1:].isprintable() or code.endswith(" "):
        return None
    return f"{code[:-1]}{chr(ord(code[-1]) - 1)}~"
