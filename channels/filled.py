"""Which targets an adapter filled of what stands in the channel, by its own memory."""

from collections.abc import Collection, Mapping

from channels.surroundings import IdMap

_FILLED = "filled"  # kind of ids
_ROW = 240  # characters of a value, which may have 255
_MORE = " +"


class Filled:
    """Which targets we filled of which product or variant, by their codes.

    An empty value is not in a document, and neither is a target that nobody mapped. Only what was
    filled before may be emptied: the rest belongs to the shop's people.
    """

    def __init__(self, ids: IdMap) -> None:
        self._ids = ids

    def get(self, keys: Collection[str]) -> dict[str, frozenset[str]]:
        known = self.known(keys)
        return {key: known.get(key, frozenset()) for key in keys}

    def known(self, keys: Collection[str]) -> dict[str, frozenset[str]]:
        """Return it of those about which anything was ever noted."""
        texts: dict[str, str] = {}
        row, rows = 0, {key: key for key in keys}
        while rows:
            found = self._ids.get(_FILLED, list(rows.values()))
            read = {key: found[name] for key, name in rows.items() if name in found}
            for key, text in read.items():
                texts[key] = f"{texts.get(key, '')} {text.removesuffix(_MORE)}"
            row += 1
            rows = {key: f"{key}#{row}" for key, text in read.items() if text.endswith(_MORE)}
        return {key: frozenset(text.split()) for key, text in texts.items()}

    def put(self, codes: Mapping[str, Collection[str]]) -> None:
        rows: dict[str, str] = {}
        for key, of_key in codes.items():
            for number, text in enumerate(_rows(sorted(of_key))):
                rows[f"{key}#{number}" if number else key] = text
        if rows:
            self._ids.put(_FILLED, rows)


def _rows(codes: Collection[str]) -> list[str]:
    """The codes as texts that are short enough to be kept; all but the last say that more come."""
    rows = [""]
    for code in codes:
        if len(rows[-1]) + len(code) >= _ROW and rows[-1]:
            rows[-1] += _MORE
            rows.append("")
        rows[-1] = f"{rows[-1]} {code}".strip()
    return rows
