"""Options that a file brings along, created in the PIM before the values that need them."""

from collections.abc import Iterator, Mapping, Sequence

from enrichment.candidates import Problem
from enrichment.wording import shown
from pim.client import PimClient
from pim.writing import MAX_LINES


def create_options(client: PimClient, wanted: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Create these options by attribute; what the PIM did not take is given back with its words.

    Raises what writing raises.
    """
    for attribute, codes in wanted.items():
        for start in range(0, len(codes), MAX_LINES):
            batch = codes[start : start + MAX_LINES]
            answers = client.writing().save_options(attribute, [{"code": code} for code in batch])
            for code, answer in zip(batch, answers, strict=True):
                if not answer.is_written:
                    yield Problem(
                        f"The option “{shown(code)}” of “{attribute}” was not created: "
                        f"{answer.words}"
                    )
