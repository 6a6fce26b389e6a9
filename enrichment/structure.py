"""What values must fit: the PIM's structure, read once for each reading of a source."""

from collections.abc import Callable, Collection
from difflib import get_close_matches
from functools import cached_property
from typing import TypeVar

from django.utils.translation import gettext

from pim import attributes
from pim.attributes import FamilyVariant, PimAttribute, PimChannel, PimFamily, PimOption
from pim.client import PimClient
from pim.errors import UnexpectedAnswer
from pim.structure import codes_of
from pim.urls import host_of

_T = TypeVar("_T")

_MOST_HINTS = 200
_CLOSE = 0.65  # of difflib, where 1 is the same
IDENTIFIER = "pim_catalog_identifier"


class Structure:
    """The structure as it stands when it is asked for; the long lists only once they are needed.

    Raises what the client raises.
    """

    def __init__(self, client: PimClient) -> None:
        self._client = client
        self._options: dict[str, dict[str, PimOption]] = {}
        self._variants: dict[str, dict[str, FamilyVariant]] = {}
        self._hints: dict[str, str] = {}

    @cached_property
    def attributes(self) -> dict[str, PimAttribute]:
        return attributes.attributes(self._client)

    @cached_property
    def identifier(self) -> str:
        """The code of the attribute that identifies products."""
        found = [each for each in self.attributes.values() if each.type == IDENTIFIER]
        found.sort(key=lambda each: not each.is_main_identifier)
        if not found:
            host = host_of(self._client.pim_url)
            raise UnexpectedAnswer(host, "no attribute that holds identifiers")
        return found[0].code

    @cached_property
    def locales(self) -> frozenset[str]:
        """The active ones."""
        return frozenset(codes_of(self._client, "locales", enabled=True))

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The active ones."""
        return frozenset(codes_of(self._client, "currencies", enabled=True))

    @cached_property
    def channels(self) -> dict[str, PimChannel]:
        return attributes.channels(self._client)

    @cached_property
    def units(self) -> dict[str, frozenset[str]]:
        """The units by measurement family."""
        return attributes.units(self._client)

    @cached_property
    def families(self) -> dict[str, PimFamily]:
        return attributes.families(self._client)

    @cached_property
    def categories(self) -> frozenset[str]:
        return frozenset(codes_of(self._client, "categories"))

    def options(self, attribute: str) -> dict[str, PimOption]:
        """The options of a select attribute by code."""
        return self._once(self._options, attribute, attributes.options)

    def family_variant(self, family: str, code: str) -> FamilyVariant | None:
        return self._once(self._variants, family, attributes.family_variants).get(code)

    def did_you_mean(self, given: str, known: Collection[str]) -> str:
        """Return a sentence that names what was probably meant, with a space before; or nothing.

        Comparing with thousands of codes takes its time: so it is for the first wrong ones alone.
        """
        if given not in self._hints and len(self._hints) < _MOST_HINTS:
            folded = {each.casefold(): each for each in known}
            close = get_close_matches(given.casefold()[:100], folded, n=1, cutoff=_CLOSE)
            hint = gettext("Did you mean “%(name)s”?") % {"name": folded[close[0]]} if close else ""
            self._hints[given] = f" {hint}" if hint else ""
        return self._hints.get(given, "")

    def _once(
        self,
        known: dict[str, dict[str, _T]],
        key: str,
        ask: Callable[[PimClient, str], dict[str, _T]],
    ) -> dict[str, _T]:
        if key not in known:
            known[key] = ask(self._client, key)
        return known[key]
