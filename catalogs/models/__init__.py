"""Channel and Catalog: what goes where, and how often."""

from catalogs.models.catalogs import DEFAULT_EVERY, Catalog, CatalogQuerySet, Exemption
from catalogs.models.channels import Channel, ChannelId, ChannelQuerySet
from catalogs.models.media import MediaFile
from catalogs.models.pausing import Pausable, pause_holds
from catalogs.models.timetables import Freeze, Window

__all__ = [
    "DEFAULT_EVERY",
    "Catalog",
    "CatalogQuerySet",
    "Channel",
    "ChannelId",
    "ChannelQuerySet",
    "Exemption",
    "Freeze",
    "MediaFile",
    "Pausable",
    "Window",
    "pause_holds",
]
