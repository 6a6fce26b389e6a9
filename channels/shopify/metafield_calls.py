"""Setting and deleting metafields of things that exist, and of those alone."""

from collections.abc import Mapping, Sequence

from channels.shopify.api import Json
from channels.shopify.chunks import chunks
from channels.shopify.documents import DELETE_METAFIELDS, SET_METAFIELDS
from channels.shopify.problems import index_of
from channels.shopify.runner import Runner, errors_of

A_CALL = 25  # Shopify takes no more, and takes all of a call or nothing


def set_metafields(runner: Runner, wanted: Mapping[str, Sequence[Json]]) -> dict[str, list[Json]]:
    """Set these, by the key of the product they belong to; return the errors by that key.

    Products with an error get none of theirs from the call that it was in; the others get all.
    """
    left = [(key, one) for key, several in wanted.items() for one in several]
    failed: dict[str, list[Json]] = {}
    while left:
        slices = list(chunks(left, A_CALL))
        lines = [{"metafields": [one for _, one in some]} for some in slices]
        again: list[tuple[str, Json]] = []
        for some, answer in zip(slices, runner.each(SET_METAFIELDS, lines), strict=True):
            errors = errors_of(answer, "metafieldsSet")
            for error in errors:
                for key, blame in _blamed(error, some):
                    failed.setdefault(key, []).append(blame)
            if errors or answer is None:
                again += [(key, one) for key, one in some if key not in failed]
        if len(again) == len(left):  # Shopify says nothing: the batch will come again
            return failed | {key: [_SILENCE] for key, _ in again}
        left = again
    return failed


def delete_metafields(runner: Runner, wanted: Sequence[Json]) -> None:
    """Delete these; what is not there is no trouble."""
    lines = [{"metafields": list(some)} for some in chunks(wanted, A_CALL)]
    runner.each(DELETE_METAFIELDS, lines)


_SILENCE = {"message": "Shopify said nothing about the product's fields."}


def _blamed(error: Json, some: Sequence[tuple[str, Json]]) -> list[tuple[str, Json]]:
    """Whose metafield is wrong; everybody's where Shopify does not say whose."""
    message = {"message": error.get("message")}
    index = error.get("elementIndex")
    if index is None:
        path = error.get("field")
        places = map(index_of, path if isinstance(path, list) else ())
        index = next((one for one in places if one is not None), None)
    if isinstance(index, int) and 0 <= index < len(some):
        key, one = some[index]
        return [(key, {**message, "metafield": f"{one['namespace']}.{one['key']}"})]
    return [(key, message) for key in dict.fromkeys(key for key, _ in some)]
