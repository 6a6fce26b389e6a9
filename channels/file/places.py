"""Which files belong to one feed, so that no two channels write, read or serve the same ones."""

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from channels.file.destinations import Address, SftpAddress

_EDITION = r"-[0-9]{8}T[0-9]{6}Z-[0-9]{6,}"  # its time and number
# What stands behind the name in files of a feed: an edition, and what it holds.
_TAIL = re.compile(rf"({_EDITION})?(\.(removed|refused|manifest))?$")


def place_of(address: Address, values: Mapping[str, str]) -> str:
    """The folder and the name that all files of a feed have in common, whatever their ending.

    Names that differ in their case alone are one: on some servers they are the same file.
    """
    name = _TAIL.sub("", values["name"], count=1).casefold()
    return f"{_folder(address, values)}/{name}"


def file_of(address: Address, values: Mapping[str, str], ending: str) -> str:
    """The path of the file with all products."""
    return f"{_folder(address, values)}/{values['name']}.{ending}"


def all_names(values: Mapping[str, str]) -> re.Pattern[str]:
    """The names of all files that a feed of these settings writes, in whatever format."""
    tail = _TAIL.pattern.removesuffix("$")
    return re.compile(rf"{re.escape(values['name'])}{tail}\.[a-z]+")


def begun_as(name: str, ending: str) -> re.Pattern[str]:
    """The names under which this file was begun, or the same of another edition.

    `ending` is a pattern of what comes behind while a file is not finished.
    """
    return re.compile(r"\." + _EDITION.join(map(re.escape, re.split(_EDITION, name))) + ending)


def _folder(address: Address, values: Mapping[str, str]) -> str:
    if isinstance(address, Path):
        return os.path.realpath(address)
    if isinstance(address, SftpAddress):
        path = posixpath.normpath(f"/{address.path.lstrip('/')}")
        return f"sftp://{address.user}@{address.host}:{address.port}{path}"
    return f"{values['endpoint'].rstrip('/').lower()} {str(address).rstrip('/')}"
