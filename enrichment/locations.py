"""Where sources may be read: folders that staff allowed, and SFTP servers of a known host key."""

import os
from pathlib import Path

from django.conf import settings

from catalogs.channels import check_address
from channels.file.destinations import SftpAddress, read_address
from channels.file.host_keys import read_pins
from outbound.errors import AddressRefused


class WrongLocation(ValueError):
    """It cannot be read there. `field` is what has to be entered anew: location or host_key."""

    def __init__(self, message: str, field: str = "location") -> None:
        super().__init__(message)
        self.message, self.field = message, field


def checked_location(entered: str, host_key: str) -> str:
    """Return the location as it is stored, "" for what people upload. Raises WrongLocation."""
    if not entered:
        return ""
    try:
        address = read_address(entered)
        pins = read_pins(host_key)
    except ValueError as error:
        about_key = "Host key" in str(error)
        sentence = str(error).replace("Destination", "Location")
        raise WrongLocation(sentence, "host_key" if about_key else "location") from None
    if isinstance(address, SftpAddress):
        _check_server(str(address))
        if not pins:
            raise WrongLocation(
                "Enter the key of the server, such as SHA256:…, once whoever runs it has told you.",
                "host_key",
            )
        return str(address)
    if isinstance(address, Path):
        return str(_allowed(address))
    raise WrongLocation("Enter a folder, or an address such as sftp://user@files.example.com/out.")


def server_of(location: str) -> tuple[str, int] | None:
    """Who gets to see the secret of a source at this location, which was checked: host and port."""
    try:
        address = read_address(location) if location else None
    except ValueError:
        return None
    return (address.host, address.port) if isinstance(address, SftpAddress) else None


def _check_server(address: str) -> None:
    try:
        check_address(address)
    except AddressRefused as error:
        raise WrongLocation(error.message) from None


def _allowed(folder: Path) -> Path:
    """A PIM user must not read wherever this server can: only below ENRICHMENT_FOLDERS."""
    real = Path(os.path.realpath(folder))
    allowed = [Path(os.path.realpath(one)) for one in settings.ENRICHMENT_FOLDERS]
    if any(real == root or root in real.parents for root in allowed):
        return real
    if not allowed:
        raise WrongLocation(
            "No folder of this server may be read. Whoever runs Ferry can allow some, by "
            "ENRICHMENT_FOLDERS."
        )
    raise WrongLocation("Choose a folder below " + " or ".join(map(str, allowed)) + ".")
