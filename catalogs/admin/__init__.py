"""Channels and catalogs in admin: what goes where, how often; and the files that go along."""

from catalogs.admin import (
    catalog_admin,
    channel_admin,
    connection_admin,
    media_admin,
    timetable_admin,
)

__all__ = ["catalog_admin", "channel_admin", "connection_admin", "media_admin", "timetable_admin"]
