"""The tables of the sync: what is wanted, what was sent, and how it got there."""

from sync.models.alerts import AlertChoice, AlertMessage, AlertSettings, AlertWebhook, How
from sync.models.batches import Batch, Change
from sync.models.departures import Departure, EmptiedTarget, ReadKey
from sync.models.dependencies import ToRead, Watched
from sync.models.differences import Difference
from sync.models.events import ChangedKey, EventSubscription, ReceivedEvent
from sync.models.feedback import Feedback
from sync.models.feeds import Feed, FeedEntry, FeedFile
from sync.models.life import SignOfLife
from sync.models.links import AwaitedLink, ListingVariant
from sync.models.listings import Document, Listing
from sync.models.looks import Look
from sync.models.missing import MissingTarget
from sync.models.notices import Notice
from sync.models.runs import Checkpoint, KeyPage, Run
from sync.models.tallies import Tally

__all__ = [
    "AlertChoice",
    "AlertMessage",
    "AlertSettings",
    "AlertWebhook",
    "AwaitedLink",
    "Batch",
    "Change",
    "ChangedKey",
    "Checkpoint",
    "Departure",
    "Difference",
    "Document",
    "EmptiedTarget",
    "EventSubscription",
    "Feed",
    "FeedEntry",
    "FeedFile",
    "Feedback",
    "How",
    "KeyPage",
    "Listing",
    "ListingVariant",
    "Look",
    "MissingTarget",
    "Notice",
    "ReadKey",
    "ReceivedEvent",
    "Run",
    "SignOfLife",
    "Tally",
    "ToRead",
    "Watched",
]
