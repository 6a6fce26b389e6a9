"""System checks: what is missing in the environment, said before it becomes an error page."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from akeneo_app.environment import is_token
from akeneo_app.proxies import UNIX_SOCKET
from connections.clients import governor
from connections.installation import standing
from outbound.errors import ConfigurationError
from outbound.hosts import HostPattern


@register(Tags.security)
def check_secrets(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not _secret_key():
        found.append(
            Error(
                "SECRET_KEY is not set.",
                hint="Set it to a long random text, or set DEBUG=1 to have one generated.",
                id="ferry.E001",
            )
        )
    if not settings.ENCRYPTION_KEYS:
        found.append(
            Error(
                "ENCRYPTION_KEYS is not set: tokens and credentials could not be stored.",
                hint=(
                    "Make a key with python -c 'from cryptography.fernet import Fernet; "
                    "print(Fernet.generate_key().decode())', or set DEBUG=1 to have one generated."
                ),
                id="ferry.E002",
            )
        )
    for number, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"ENCRYPTION_KEYS: key number {number} is not a Fernet key.",
                    hint="Each key is 32 bytes in url-safe base64, newest key first.",
                    id="ferry.E003",
                )
            )
    return found


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # how Django says that it is empty
        return ""


@register(Tags.urls)
def check_base_url(**kwargs: Any) -> list[CheckMessage]:
    if not _is_site(settings.BASE_URL):
        return [
            Error(
                f"BASE_URL is not the address of a site: {settings.BASE_URL!r}.",
                hint="Write scheme and host only, for example https://app.example.com",
                id="ferry.E004",
            )
        ]
    return []


def _is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        return False
    bare = f"{parts.scheme}://{parts.netloc}" == url and "@" not in parts.netloc
    return parts.scheme in ("http", "https") and has_host and bare


@register(Tags.security)
def check_addresses(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in ("PIM_HOSTS", "CHANNEL_HOSTS"):
        for pattern in getattr(settings, name):
            try:
                HostPattern.parse(pattern)
            except ValueError as error:
                found.append(
                    Error(
                        f"{name}: {error}.",
                        hint="Write hosts or patterns such as *.example.com, separated by commas.",
                        id="ferry.E005",
                    )
                )
    for entry in settings.TRUSTED_PROXIES:
        if entry == UNIX_SOCKET:
            continue
        try:
            ip_network(entry, strict=False)
        except ValueError:
            found.append(
                Error(
                    f"TRUSTED_PROXIES: {entry!r} is neither an IP address nor a network.",
                    hint="Write addresses or networks such as 10.0.0.0/8, separated by commas.",
                    id="ferry.E006",
                )
            )
    return found


@register(Tags.security)
def check_published_app(**kwargs: Any) -> list[CheckMessage]:
    if bool(settings.AKENEO_CLIENT_ID) == bool(settings.AKENEO_CLIENT_SECRET):
        return []
    return [
        Error(
            "AKENEO_CLIENT_ID and AKENEO_CLIENT_SECRET belong together, and one is missing.",
            hint="Set both, or neither if every PIM has a custom app.",
            id="ferry.E007",
        )
    ]


@register(Tags.security)
def check_redis(**kwargs: Any) -> list[CheckMessage]:
    try:
        governor()
    except ConfigurationError as error:
        hint = "Write redis://[[user]:password@]host[:port]/number, or leave it out."
        return [Error(error.message, hint=hint, id="ferry.E008")]
    return []


@register(Tags.security)
def check_metrics_token(**kwargs: Any) -> list[CheckMessage]:
    if not settings.METRICS_TOKEN or is_token(settings.METRICS_TOKEN):
        return []
    return [
        Error(
            "METRICS_TOKEN is too short, or no program can send it: nobody is let in by it.",
            hint=(
                "Set it to 16 or more letters, digits or any of -._~+/ such as what "
                "python -c 'import secrets; print(secrets.token_urlsafe(32))' prints, "
                "or leave it out."
            ),
            id="ferry.E009",
        )
    ]


@register(Tags.security, deploy=True)
def check_insecure_switches(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.PIM_ALLOW_INSECURE:
        found.append(
            Warning(
                "PIM_ALLOW_INSECURE is on: http:// and private addresses are admitted.",
                hint="It is meant for a local PIM only. Unset it in production.",
                id="ferry.W001",
            )
        )
    if not settings.HTTPS:
        found.append(
            Warning(
                "BASE_URL is not https: cookies are not marked secure.",
                hint="Akeneo calls the app by https; set BASE_URL to that address.",
                id="ferry.W002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_installation(**kwargs: Any) -> list[CheckMessage]:
    """Tell of a wrong copy. A database that cannot be asked yet is not this check's business."""
    try:
        now = standing()
    except DatabaseError:
        return []
    if not now.is_undecided:
        return []
    return [
        Warning(
            f"BASE_URL is {now.here}, and the PIMs were connected under {now.recorded}.",
            hint=(
                "Nothing is sent until you say what this is: python manage.py adopt_installation "
                "--production, or --copy."
            ),
            id="ferry.W003",
        )
    ]
