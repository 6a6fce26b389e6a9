"""Which attributes a catalog says in how its products stand: chosen by people, fit for it."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext

from catalogs.models import Catalog
from channels.settings import InvalidSettings
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from enrichment.structure import Structure
from pim.attributes import PimAttribute
from sync.feedback.words import STATUSES, TEXT, TEXTAREA
from sync.models import Feedback

SELECT, DATE = "pim_catalog_simpleselect", "pim_catalog_date"
TYPES = {
    "status": (SELECT, TEXT),
    "date": (DATE, TEXT),
    "address": (TEXT, TEXTAREA),
    "problem": (TEXT, TEXTAREA),
}
_LONGEST = 255


def feedback_of(catalog: Catalog) -> Feedback:
    """Return what is set, or an unsaved one in which nothing is."""
    return Feedback.objects.filter(catalog=catalog).first() or Feedback(catalog=catalog)


def set_feedback(catalog: Catalog, entered: Mapping[str, str]) -> bool:
    """Store the attributes, and return whether they changed: then everything is told anew.

    `entered` has codes by what they are for, empty where nothing is to be said. Raises
    InvalidSettings with a sentence for each that does not fit, or OutboundError. What was written
    before stays in the PIM.
    """
    chosen = {name: (entered.get(name) or "").strip() for name in TYPES}
    errors = _wrong_beside_each_other(catalog, chosen)
    if any(chosen.values()):
        with noticing_loss(catalog.connection):
            structure = Structure(client_for(catalog.connection, patient=False))
            errors = {**wrong_in_pim(structure, chosen), **errors}
    if errors:
        raise InvalidSettings(errors)
    return _store(catalog, chosen)


@transaction.atomic
def _store(catalog: Catalog, chosen: Mapping[str, str]) -> bool:
    Catalog.objects.select_for_update().get(pk=catalog.pk)
    feedback = feedback_of(catalog)
    if all(getattr(feedback, name) == code for name, code in chosen.items()):
        return False
    if any(chosen.values()):
        for name, code in chosen.items():
            setattr(feedback, name, code)
        # Whoever tells the PIM right now does not any more.
        feedback.told_until, feedback.not_before, feedback.owner = None, None, ""
        feedback.trouble, feedback.without_place = "", {}
        feedback.save()
    else:
        feedback.delete()
    audit.record(Action.CATALOG_CHANGED, catalog.connection, catalog.name, feedback=dict(chosen))
    return True


def wrong_in_pim(structure: Structure, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each attribute that the PIM lacks, or that does not fit.

    Raises what the client raises.
    """
    found = {}
    for name, code in chosen.items():
        sentence = _wrong(structure, name, code) if code else ""
        if sentence:
            found[name] = sentence
    return found


def fits(what: str, attribute: PimAttribute) -> bool:
    """Whether this can be said in the attribute, as far as its options are not asked for."""
    return not _unfit(what, attribute)


def _wrong(structure: Structure, what: str, code: str) -> str:
    attribute = structure.attributes.get(code[:_LONGEST])
    if attribute is None:
        return gettext("The PIM has no attribute “%(code)s”.") % {"code": code[:_LONGEST]}
    if sentence := _unfit(what, attribute):
        return sentence % {"code": code}
    if attribute.type == SELECT:
        lacking = [one for one in STATUSES if one not in structure.options(code)]
        if lacking:
            said = gettext("“%(code)s” lacks options in the PIM: create %(options)s there.")
            return said % {"code": code, "options": ", ".join(lacking)}
    return ""


def _unfit(what: str, attribute: PimAttribute) -> str:
    if attribute.type not in TYPES[what]:
        return {
            "status": gettext("“%(code)s” must be a text or a simple select."),
            "date": gettext("“%(code)s” must be a date or a text."),
        }.get(what, gettext("“%(code)s” must be a text or a text area."))
    if attribute.localizable or attribute.scopable:
        return gettext(
            "“%(code)s” has a value for each language or channel of Akeneo. Choose an attribute "
            "with one value."
        )
    if attribute.unique or attribute.is_read_only or attribute.validation_rule == "email":
        return gettext(
            "“%(code)s” takes unique values, e-mail addresses or no values by apps, so nothing of "
            "this can be written there."
        )
    return ""


def _wrong_beside_each_other(catalog: Catalog, chosen: Mapping[str, str]) -> dict[str, str]:
    """Sentences about attributes in which two would write, and a date of no status."""
    errors = {}
    taken = _taken(catalog)
    for name, code in chosen.items():
        earlier = [other for other, one in chosen.items() if one == code]
        if code and earlier[0] != name:
            errors[name] = gettext("Each needs an attribute of its own.")
        elif code and taken.get(code, name) != name:
            said = gettext(
                "Another catalog writes into “%(code)s” already: about another channel, or "
                "something else."
            )
            errors[name] = said % {"code": code}
    if chosen["date"] and not chosen["status"]:
        errors["date"] = gettext(
            "The date says since when the status holds: choose an attribute for that as well."
        )
    return errors


def _taken(catalog: Catalog) -> dict[str, str]:
    """What other catalogs of the PIM say, by attribute.

    Those of the same channel may say the same in it: they know the same of a product.
    """
    others = Feedback.objects.of(catalog.connection)
    return {
        code: name if other.catalog.channel_id == catalog.channel_id else ""
        for other in others.exclude(catalog=catalog).select_related("catalog")
        for name, code in other.attributes.items()
    }
