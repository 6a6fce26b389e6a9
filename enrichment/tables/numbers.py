"""Numbers as texts."""

from decimal import Decimal

_MOST_DIGITS = 40  # of a number that is written out: a value of a product has far fewer


def plain(number: Decimal) -> str:
    """A finite number with its digits written out, unless they would be endless: 1E+400 stays."""
    if not -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS:
        return str(number)
    return format(number, "f")
