"""How the files of a source are named: a setting of it, as `propose_media` has it."""

from enrichment.media.names import DEFAULT, BadPattern, NamePattern
from enrichment.models import Source
from outbound.errors import ConfigurationError

SETTING = "pattern"


def pattern_of(source: Source | None) -> NamePattern:
    """Raises ConfigurationError for one that names no value: nobody could set such a one."""
    text = str(source.settings.get(SETTING) or DEFAULT) if source is not None else DEFAULT
    try:
        return NamePattern(text)
    except BadPattern as bad:
        raise ConfigurationError(f"{bad} Change how its files are named.") from bad
