"""Numbers and intervals, in the reader's words."""

from django.contrib.humanize.templatetags.humanize import intcomma


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun, or more: 1 product stays, 1,482 products stay."""
    return f"{intcomma(number)} {noun if number == 1 else plural or f'{noun}s'}"


def were(number: int, noun: str = "product") -> str:
    """Return how a sentence about them begins: 1 product was, 1,482 products were."""
    return f"{counted(number, noun)} {'was' if number == 1 else 'were'}"


def interval(minutes: int) -> str:
    """Return how often that is: every 30 minutes, every hour, every 2 days."""
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % size == 0:
            number = minutes // size
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    raise ValueError(f"{minutes} minutes is no interval")
