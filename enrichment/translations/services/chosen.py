"""The service of this installation, as its environment names it."""

from urllib.parse import urlsplit

from django.conf import settings

from enrichment.translations.services.base import TranslationService
from enrichment.translations.services.deepl import FREE, PRO, DeepL
from outbound.errors import ConfigurationError
from outbound.guard import AddressPolicy
from outbound.sentences import Sentence
from outbound.session import GuardedSession


def service() -> TranslationService:
    """Return the service; without a key it can only measure. Raises ConfigurationError."""
    url = settings.DEEPL_URL
    return DeepL(settings.DEEPL_API_KEY, GuardedSession(_policy(url)), url=url)


def is_set_up() -> bool:
    """Whether whoever runs this installation gave it a key."""
    return bool(settings.DEEPL_API_KEY.strip())


def label() -> str:
    """What people call the service."""
    return DeepL.label


def _policy(url: str) -> AddressPolicy:
    """DeepL's own hosts alone, or the one that the environment names."""
    try:
        hosts = [urlsplit(each).netloc for each in ([url] if url else [FREE, PRO])]
        return AddressPolicy(hosts=hosts, insecure=settings.PIM_ALLOW_INSECURE)
    except ValueError:
        raise ConfigurationError(
            Sentence("DEEPL_URL is no address, such as https://api.deepl.com.")
        ) from None
