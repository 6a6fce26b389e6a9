"""List mutations: many changes in one call, and who is to blame when the shop refuses it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.vendure.graphql import MOST_JSON, AdminApi, Refused, encoded

MOST_CHANGES = 100  # a call: each takes the shop some 4 to 20 ms

Input = dict[str, Any]


@dataclass(slots=True)
class Sent:
    """What became of changes, by the key of whom they belong to."""

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def send_in_lists(
    api: AdminApi,
    document: str,
    name: str,
    inputs: Mapping[str, Sequence[Input]],
    *,
    alone: Collection[str] = (),
) -> Sent:
    """Send each one's changes by a mutation that takes a list, as many at once as the shop reads.

    The shop does all of a call or nothing, and does not say whom it stumbled over: a call that is
    refused is sent again in halves. What is `alone` gets a call of its own. Raises ChannelError.
    """
    sent = Sent()
    together = {key: of_key for key, of_key in inputs.items() if key not in alone}
    for keys in [*_calls(together), *([key] for key in alone if inputs.get(key))]:
        _send(api, document, name, {key: inputs[key] for key in keys}, sent)
    return sent


def _send(
    api: AdminApi, document: str, name: str, inputs: Mapping[str, Sequence[Input]], sent: Sent
) -> None:
    everything = [one for of_key in inputs.values() for one in of_key]
    try:
        answers = iter(api.change(document, {"input": everything})[name])
    except Refused as refused:
        keys = list(inputs)
        if len(keys) == 1:
            sent.refused[keys[0]] = refused.message
            return
        for half in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
            _send(api, document, name, {key: inputs[key] for key in half}, sent)
        return
    for key, of_key in inputs.items():
        sent.answers[key] = [next(answers) for _ in of_key]


def _calls(inputs: Mapping[str, Sequence[Input]]) -> list[list[str]]:
    """Whose changes go together: few enough, and small enough to be read."""
    calls: list[list[str]] = []
    size = count = 0
    for key, of_key in inputs.items():
        if not of_key:
            continue
        more = len(encoded(list(of_key)))
        is_full = size + more > MOST_JSON - 2_000 or count + len(of_key) > MOST_CHANGES
        if not calls or is_full:
            calls.append([])
            size = count = 0
        calls[-1].append(key)
        size, count = size + more, count + len(of_key)
    return calls
