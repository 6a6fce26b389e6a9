"""Create and change channels; make the adapter of one."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext

from catalogs.ids import StoredIds
from catalogs.models import Channel
from channels.base import ChannelAdapter, IdMap, InvalidSettings, Target
from channels.registry import adapter_class
from connections import audit
from connections.audit import Action
from connections.installation import refuse_on_wrong_copy
from connections.locks import Turn, take_turn
from connections.models import Connection
from outbound.errors import AddressRefused, ConfigurationError, OutboundError, TransientError
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession

logger = logging.getLogger(__name__)

# Kinds of settings that may lead to another host.
_ADDRESSES = ("url", "folder", "host")
_SFTP = "sftp://"


def create_channel(
    connection: Connection, *, name: str, kind: str, values: Mapping[str, str], by_staff: bool
) -> Channel:
    """Create a channel. Raises ConfigurationError or InvalidSettings; nothing is stored then."""
    name = clean_name(name)
    cleaned = _cleaned(kind, values)
    if not by_staff:
        _refuse_foreign_folders(kind, cleaned)
    plain, secret = _split(kind, cleaned)
    with transaction.atomic():
        _refuse_taken_place(Channel(kind=kind), cleaned)
        channel = Channel.objects.create(
            connection=connection, name=name, kind=kind, settings=plain, secrets=secret
        )
        audit.record(Action.CHANNEL_CREATED, connection, name, kind=kind)
    return channel


def change_channel(
    channel: Channel, *, name: str, values: Mapping[str, str], by_staff: bool
) -> None:
    """Store new settings. A secret that is left blank stays as it is.

    Raises ConfigurationError or InvalidSettings; nothing changes then.
    """
    kept = _kept_secrets(channel, values)
    name = clean_name(name)
    cleaned = _cleaned(channel.kind, {**values, **kept})
    _refuse_secrets_elsewhere(channel, cleaned, kept)
    plain, secret = _split(channel.kind, cleaned)
    before = settings_of(channel)
    if not by_staff and plain != before:  # what staff chose may be kept
        _refuse_foreign_folders(channel.kind, cleaned)
    with transaction.atomic():
        refuse_while_removing(channel)
        _refuse_taken_place(channel, cleaned)
        entered = [key for key in secret if key not in kept]
        changed = [key for key in plain if plain[key] != before.get(key)]
        channel.name, channel.settings, channel.secrets = name, plain, secret
        if _moves_files(adapter_class(channel.kind), before, plain):
            channel.files_moved_at = timezone.now()
        channel.save(update_fields=["name", "settings", "secrets", "files_moved_at", "updated_at"])
        settings_named = sorted({*changed, *entered})
        audit.record(Action.CHANNEL_CHANGED, channel.connection, name, settings=settings_named)


def _moves_files(
    adapter: type[ChannelAdapter], before: Mapping[str, str], after: Mapping[str, str]
) -> bool:
    """Whether files have other addresses on the channel; a feed is written anew as a whole."""
    return not adapter.publishes and adapter.wants_media(before) != adapter.wants_media(after)


def settings_of(channel: Channel) -> dict[str, str]:
    """Return its settings, without secrets, and with those that came after it was stored."""
    declared = adapter_class(channel.kind).settings
    return {
        **{setting.name: setting.default for setting in declared if not setting.secret},
        **channel.settings,
    }


def refuse_while_removing(channel: Channel) -> None:
    """Within a transaction: raise ConfigurationError unless the channel stays, and keep it so."""
    if not Channel.objects.select_for_update().filter(pk=channel.pk, removing_since=None).exists():
        raise ConfigurationError(
            gettext(
                "The channel “%(name)s” is being removed, so nothing about it can be changed any "
                "more."
            )
            % {"name": channel.name}
        )


def _refuse_secrets_elsewhere(
    channel: Channel, values: Mapping[str, str], kept: Mapping[str, str]
) -> None:
    """A stored secret goes to no other host: who changes the address has to know the secret."""
    moved = any(
        _server(values.get(setting.name, "")) != _server(channel.settings.get(setting.name, ""))
        for setting in adapter_class(channel.kind).settings
        if setting.kind in _ADDRESSES
    )
    if moved and kept:
        sentence = gettext(
            "The address leads to another host, so this has to be entered once more."
        )
        raise InvalidSettings(dict.fromkeys(kept, sentence))


def _server(address: str) -> tuple[str | None, int | None] | None:
    """Who gets to see secrets; none for a folder, and for a bucket, which sees none.

    Behind another port of SFTP anybody may run a server whose host key is as good as any. By https
    the certificate speaks for the host.
    """
    if address and "://" not in address and "/" not in address:
        return address.lower(), None  # a host name alone
    if not address.startswith((_SFTP, "http://", "https://")):
        return None
    try:
        parts = urlsplit(address)
        port = None if address.startswith("https://") else parts.port
    except ValueError:
        return None
    return parts.hostname, port


def _kept_secrets(channel: Channel, values: Mapping[str, str]) -> dict[str, str]:
    """Return the stored secrets that nothing new was entered for.

    If none is to be kept they are not even read: the key they were written with may be gone.
    """
    settings = adapter_class(channel.kind).settings
    entered = {name for name, value in values.items() if value.strip()}
    if all(setting.name in entered for setting in settings if setting.secret):
        return {}
    return {key: value for key, value in channel.secrets.items() if key not in entered}


def adapter_for(channel: Channel) -> ChannelAdapter:
    """Return the adapter that speaks to this channel, behind the address guard.

    Raises ConfigurationError when the stored settings do not suffice any more, and on a wrong copy,
    which is to leave the channel alone: even a check sends something.
    """
    refuse_on_wrong_copy()
    return adapter_of(channel.kind, channel.values, fields=channel.targets, ids=StoredIds(channel))


def check_channel(channel: Channel) -> str:
    """Try to reach the channel; return what should be changed about it all the same, or nothing.

    Raises OutboundError.
    """
    with listening_to(channel):
        adapter_for(channel).check()
    if not _others_at(channel, channel.settings):
        return ""
    return gettext(
        "Another channel writes files of the same name into this folder, so both have one manifest "
        "and one refusal report. Give one of them another name."
    )


def adapter_of(
    kind: str,
    values: Mapping[str, str],
    *,
    fields: Sequence[Target] = (),
    ids: IdMap | None = None,
) -> ChannelAdapter:
    """Return an adapter for settings that need not be stored. Raises ConfigurationError."""
    adapter = adapter_class(kind)
    session = GuardedSession(address_policy())
    return adapter(adapter.clean(values), session=session, fields=fields, ids=ids)


@contextmanager
def listening_to(channel: Channel) -> Iterator[None]:
    """Make an answer over which an adapter stumbles a failure of the channel, told in a sentence.

    For what a person asks of a channel: nobody is shown a broken page, whatever stands there.
    """
    try:
        yield
    except OutboundError:
        raise
    except Exception as error:  # an answer that is not as documented breaks an adapter anywhere
        logger.exception("The answer of channel %s could not be read", channel.pk)
        raise TransientError(
            gettext(
                "%(channel)s answered in a way that this app does not understand. Check its "
                "address; if it is right, ask the people who run this app: the log says more."
            )
            % {"channel": channel.name},
            detail=type(error).__name__,
        ) from error


def clean_name(name: str, *, limit: int = 100) -> str:
    """Return the name without odd white space. Raises ConfigurationError."""
    name = " ".join(name.split())
    if not name:
        raise ConfigurationError(gettext("A name is needed."))
    if len(name) > limit:
        said = gettext("The name is too long: %(limit)s characters at most.")
        raise ConfigurationError(said % {"limit": limit})
    return name


def address_policy() -> AddressPolicy:
    """Which addresses of channels, and of sources, may be reached."""
    return AddressPolicy(
        hosts=None,
        private_hosts=tuple(settings.CHANNEL_HOSTS),
        insecure=settings.PIM_ALLOW_INSECURE,
    )


def _cleaned(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    adapter = adapter_class(kind)
    cleaned = adapter.clean(values)
    errors = {}
    for setting in adapter.settings:
        if setting.kind in _ADDRESSES and cleaned[setting.name]:
            # The guard refuses it on every call as well; whoever enters it is told at once.
            try:
                check_address(cleaned[setting.name])
            except AddressRefused as error:
                errors[setting.name] = error.message
    if errors:
        raise InvalidSettings(errors)
    return cleaned


def check_address(address: str) -> None:
    """Raise AddressRefused for an address (sftp, http, https) whose host is not allowed, as far as
    its text can tell."""
    if address.startswith(_SFTP):
        parts = urlsplit(address)
        address_policy().check_host("sftp", parts.hostname or "", parts.port or 22)
    elif address.startswith(("http://", "https://")):
        address_policy().check_url(address)


def _refuse_foreign_folders(kind: str, values: Mapping[str, str]) -> None:
    """A PIM user must not write wherever this server can: only below FILE_CHANNEL_FOLDERS."""
    allowed = [_real(folder) for folder in settings.FILE_CHANNEL_FOLDERS]
    for setting in adapter_class(kind).settings:
        if setting.kind != "folder" or "://" in values.get(setting.name, ""):
            continue
        folder = _real(values.get(setting.name, ""))
        if not any(folder == root or root in folder.parents for root in allowed):
            if not allowed:
                sentence = gettext("Folders on this server can be set by staff only. Ask them.")
            else:
                folders = get_text_list([str(root) for root in allowed], gettext("or"))
                sentence = gettext("Choose a folder below %(folders)s") % {"folders": folders}
            raise InvalidSettings({setting.name: sentence})


def _refuse_taken_place(channel: Channel, values: Mapping[str, str]) -> None:
    """Within a transaction: two channels that write one file would replace each other's products.

    Two that share a place since before that was refused may stay, as long as they do not write the
    same file.
    """
    take_turn(Turn.TAKING_PLACES)  # or two that are made at once see nothing of each other
    adapter = adapter_class(channel.kind)
    was_there = channel.pk is not None and adapter.place_of(channel.settings) == (
        adapter.place_of(values)
    )
    for other in _others_at(channel, values):
        if not was_there or adapter.file_of(other.settings) == adapter.file_of(values):
            raise InvalidSettings(
                {
                    "name": gettext(
                        "Another channel writes files of this name into this folder already. "
                        "Choose another name or folder; another format is not enough."
                    )
                }
            )


def shares_its_place(channel: Channel) -> bool:
    """Whether another channel writes files beside its own, under the same name."""
    return bool(_others_at(channel, channel.settings))


def _others_at(channel: Channel, values: Mapping[str, str]) -> list[Channel]:
    """Return the other channels that write or read files of the same folder and name."""
    adapter = adapter_class(channel.kind)
    place = adapter.place_of(values)
    if place is None:
        return []
    others = Channel.objects.filter(kind=channel.kind).exclude(pk=channel.pk).defer("secrets")
    return [other for other in others if adapter.place_of(other.settings) == place]


def _real(folder: str) -> Path:
    """Where the folder is once links are followed; links in a circle are left as they stand."""
    return Path(os.path.realpath(folder))


def _split(kind: str, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    secret_names = {setting.name for setting in adapter_class(kind).settings if setting.secret}
    plain = {key: value for key, value in values.items() if key not in secret_names}
    secret = {key: value for key, value in values.items() if key in secret_names and value}
    return plain, secret
