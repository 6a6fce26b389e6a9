"""Assets of the Asset Manager: their families, files and values (pim-contract.md 3.10).

Not every edition has one: then all of this raises NotFound or Forbidden. Other than in products, a
place of a value has a `channel` and no `scope`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from urllib.parse import quote

import msgspec

from pim.calls import PimCalls
from pim.links import api_url
from pim.pages import Reader
from pim.uploads import upload_asset_file
from pim.writing import MAX_LINES, Array, LineAnswer, write_each


class Assets:
    """Reads and writes the assets of one PIM; threads may share it. Raises what PimClient does."""

    def __init__(self, calls: PimCalls, read: Reader) -> None:
        self._calls = calls
        self._read = read

    def families(self) -> Iterator[dict[str, Any]]:
        """All asset families: `code`, `labels`, `attribute_as_main_media`."""
        return self._items("asset-families")

    def attributes(self, family: str) -> list[dict[str, Any]]:
        """What assets of a family hold: `code`, `type`, `value_per_locale`, `value_per_channel`."""
        return list(self._items(f"{_path(family)}/attributes"))

    def by_code(self, family: str, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Of up to 100 assets those that there are, by code: `code`, `values`, `updated`."""
        if len(codes) > MAX_LINES:
            raise ValueError(f"at most {MAX_LINES} assets are read at once")
        if not codes:
            return {}
        condition = {"code": [{"operator": "IN", "value": list(codes)}]}
        search = msgspec.json.encode(condition).decode()
        found = self._items(f"{_path(family)}/assets", search=search)
        return {str(asset.get("code")): asset for asset in found}

    def upload(
        self, file: BinaryIO, name: str, *, arrived: Callable[[], str | None] | None = None
    ) -> str:
        """As `pim.uploads.upload_asset_file`."""
        return upload_asset_file(self._calls, file, name, arrived=arrived)

    def save(self, family: str, assets: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
        """Create or update up to 100 assets: `code`, `values`. The rules are those of `Writing`."""
        url = api_url(self._calls.pim_url, f"{_path(family)}/assets")
        return write_each(self._calls, url, "code", assets, Array())

    def _items(self, path: str, **params: object) -> Iterator[dict[str, Any]]:
        first = api_url(self._calls.pim_url, path, params)
        for page, _, _ in self._calls.pages(first, self._read.items):
            yield from page.items


def _path(family: str) -> str:
    return f"asset-families/{quote(family, safe='')}"
