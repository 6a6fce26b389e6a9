"""A place to send a file from, for the people of one PIM (connections.downloads)."""

from django.contrib import messages

from connections.downloads import Busy, Place
from pages.access import PimRequest


def place_for(request: PimRequest) -> Place | None:
    """Take a place; None while there is none, which the next page says."""
    try:
        return Place(f"connection {request.pim_user.connection_id}")
    except Busy as busy:
        messages.warning(request, busy.message)
        return None
