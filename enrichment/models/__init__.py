"""The tables of enrichment: who offers values to a PIM, what was offered, and what became of it."""

from enrichment.models.files import SourceFile, Upload
from enrichment.models.offers import Offer, OfferProblem
from enrichment.models.proposals import Proposal, WrittenValue
from enrichment.models.sources import Source

__all__ = [
    "Offer",
    "OfferProblem",
    "Proposal",
    "Source",
    "SourceFile",
    "Upload",
    "WrittenValue",
]
