"""The sync in admin: what staff looks at, and what it may set going."""

from sync.admin import (
    alerts,
    batches,
    catalog_admin,
    channel_admin,
    circuits,
    connection_admin,
    differences,
    documents,
    events,
    feedback,
    listings,
    notices,
    people,
    runs,
    watched,
)

__all__ = [
    "alerts",
    "batches",
    "catalog_admin",
    "channel_admin",
    "circuits",
    "connection_admin",
    "differences",
    "documents",
    "events",
    "feedback",
    "listings",
    "notices",
    "people",
    "runs",
    "watched",
]
