"""Which attributes steer translations in a PIM, and how they are made: settings of a source."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

BOOLEAN, SELECT = "pim_catalog_boolean", "pim_catalog_simpleselect"
MULTISELECT = "pim_catalog_multiselect"
NAME = "Requests from Akeneo"  # of the source
GROUP = "Translations"  # of the attributes, as in Akeneo's guide


@dataclass(frozen=True, slots=True)
class Steering:
    """Codes of attributes and of options of `status`; the defaults are those of Akeneo's guide for
    translation apps.

    `flag` says that something is to be translated, `locales` into which languages, `status` how far
    it is: for each language, where it is localizable. `by_service` translates at once; otherwise
    the texts wait for a file of translators.
    """

    source_locale: str = ""
    flag: str = "translationQueued"
    locales: str = "translationLocales"
    status: str = "translationStatus"
    in_progress: str = "INPROGRESS"
    translated: str = "TRANSLATED"
    refused: str = "CANCELLED"
    by_service: bool = True

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Self:
        """Return what a source of translations has as its settings."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in known})

    @property
    def settings(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def attributes(self) -> tuple[str, str, str]:
        return self.flag, self.locales, self.status

    @property
    def options(self) -> tuple[str, str, str]:
        """The options that `status` must have."""
        return self.in_progress, self.translated, self.refused
