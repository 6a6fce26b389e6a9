"""Uploads to the place that Shopify names for them. The access token never goes there."""

from typing import BinaryIO

import requests

from channels.base import TransientError
from channels.shopify.api import Json
from outbound.errors import FailureKind, kind_of_status


def upload(
    session: requests.Session, target: Json, name: str, mime_type: str, content: BinaryIO
) -> int:
    """Post one file as the form that the staged target describes; return the HTTP status.

    Raises TransientError for one that passes.
    """
    form = {one["name"]: one["value"] for one in target["parameters"]}
    response = session.post(
        target["url"],
        data=form,
        files={"file": (name, content, mime_type)},
        allow_redirects=False,
    )
    status = response.status_code
    if status >= 400 and kind_of_status(status) is FailureKind.TRANSIENT:
        raise TransientError(
            f"Shopify's store for uploads answered HTTP {status}. It will be tried again."
        )
    return status
