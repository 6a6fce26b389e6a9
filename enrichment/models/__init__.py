"""The tables of enrichment: who offers values to a PIM, what was offered, and what became of it."""

from enrichment.models.files import SourceFile, Upload
from enrichment.models.offers import Offer, OfferProblem
from enrichment.models.orders import TranslationOrder
from enrichment.models.pim_files import PimFile
from enrichment.models.proposals import Proposal, WrittenValue
from enrichment.models.requests import RequestedTranslation
from enrichment.models.sources import Source
from enrichment.models.translated import ServiceTranslation, TranslatedText

__all__ = [
    "Offer",
    "OfferProblem",
    "PimFile",
    "Proposal",
    "RequestedTranslation",
    "ServiceTranslation",
    "Source",
    "SourceFile",
    "TranslatedText",
    "TranslationOrder",
    "Upload",
    "WrittenValue",
]
