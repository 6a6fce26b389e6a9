"""What Ferry itself says of a product that was not sent: stored in English, translated when shown.

What a channel said of a product is not among it, and stays as it was said.
"""

from collections.abc import Sequence

from channels.targets import Target
from connections.languages import translated
from outbound.sentences import Sentence

FAULT = Sentence("Ferry failed on this product. The people who run it find the reason in the log.")
NO_REASON = Sentence("The channel did not accept this product, without a reason.")
NO_ANSWER = Sentence("The channel did not say what became of this product.")


def empty(targets: Sequence[Target]) -> Sentence:
    """Say that a product lacks what its channel takes no product without."""
    if len(targets) == 1:
        return Sentence(
            "“%(title)s” is empty, and the channel takes no product without. Fill in the value in "
            "Akeneo, or look at the mapping there; then sync again.",
            title=targets[0].title,
        )
    titles = ", ".join(f"“{target.title}”" for target in targets)
    return Sentence(
        "%(titles)s are empty, and the channel takes no product without. Fill in the value in "
        "Akeneo, or look at the mapping there; then sync again.",
        titles=titles,
    )


def in_readers_words(stored: str, missing: Sequence[Target] = ()) -> str:
    """Return a stored sentence in the reader's language if it is one of these, else as it is.

    `missing`: what the product is known to lack, in the order of its channel's targets.
    """
    known = [FAULT, NO_REASON, NO_ANSWER, *([empty(missing)] if missing else [])]
    return next((translated(one) for one in known if one == stored), stored)
