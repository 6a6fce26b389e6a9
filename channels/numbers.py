"""Numbers as documents and shops write them, but none that takes all memory to be written out."""

from decimal import Decimal, InvalidOperation

_MOST_PLACES = 400  # before or behind the point; a float has 308


def read_decimal(written: str | int | Decimal) -> Decimal:
    """The number, to the letter. Raises ValueError for text that is none, and for 1e999999999."""
    try:
        found = Decimal(written)
    except InvalidOperation:
        raise ValueError("not a number") from None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or max(abs(exponent), abs(found.adjusted())) > _MOST_PLACES:
        raise ValueError("not a number that can be written out")
    return found


def decimal_or_text(written: str) -> Decimal | str:
    """For parsers of JSON: what is no usable number is met as text, which nobody takes for one."""
    try:
        return read_decimal(written)
    except ValueError:
        return written
