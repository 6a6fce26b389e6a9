"""Which values an attribute has: by locale, by channel of the PIM, by both or but one."""

from sandbox.data.assortment import Assortment
from sandbox.data.structure import Resource
from sandbox.writing.refusals import Misfit


def check_place(
    assortment: Assortment, attribute: Resource, locale: str | None, scope: str | None
) -> None:
    """Raise Misfit unless the attribute has a value for the locale and scope."""
    code = attribute["code"]
    for is_there, given, name in (
        (attribute["scopable"], scope, "scope"),
        (attribute["localizable"], locale, "locale"),
    ):
        if is_there and given is None:
            raise Misfit(f"The {code} attribute requires a {name}.", is_violation=False)
        if not is_there and given is not None:
            raise Misfit(f"The {code} attribute does not require a {name}.", is_violation=False)
    if scope is not None and scope not in assortment.channels:
        raise Misfit(f'Value "{code}" expects an existing channel, "{scope}" given')
    if locale is not None:
        _check_locale(assortment, attribute, locale, scope)


def _check_locale(
    assortment: Assortment, attribute: Resource, locale: str, scope: str | None
) -> None:
    code = attribute["code"]
    known = assortment.locales.get(locale)
    if known is None or not known["enabled"]:
        raise Misfit(
            f'Attribute "{code}" expects an existing and activated locale, "{locale}" given.'
        )
    if scope is not None and locale not in assortment.channels[scope]["locales"]:
        raise Misfit(
            f'Attribute "{code}" expects a valid locale, "{locale}" is not bound to channel '
            f'"{scope}".'
        )
    available = attribute["available_locales"]
    if available and locale not in available:
        raise Misfit(f"The {locale} locale is not available on the {code} attribute.")
