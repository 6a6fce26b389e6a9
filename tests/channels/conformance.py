"""What every adapter promises, as tests to inherit.

A new adapter gets a Stage, which sets up the real thing or a stand-in for it, and a class:

    class TestMyAdapter(AdapterConformance):
        @pytest.fixture
        def stage(self, ...): return MyStage(...)
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from channels.base import (
    ChannelAdapter,
    ChannelError,
    ChannelProduct,
    ConfigurationError,
    InvalidSettings,
    Outcome,
    PushResult,
    TransientError,
)

META_SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "product-mapping-1.0.3.json").read_text()
)

SECRET = "tell-nobody-7f3a"


class Stage(ABC):
    """An adapter and the channel behind it, which a test can look into and break."""

    adapter: ChannelAdapter

    @abstractmethod
    def holds(self) -> dict[str, Any]:
        """What the channel holds now: key to document, as the channel's customers see it."""

    @abstractmethod
    def refused_product(self, key: str) -> ChannelProduct:
        """A product that this channel refuses."""

    def complete(self, product: ChannelProduct) -> ChannelProduct:
        """The product with what this channel insists on."""
        return product

    @abstractmethod
    def unavailable(self) -> AbstractContextManager[None]:
        """The channel has a fault that passes by itself."""

    @abstractmethod
    def misconfigured(self) -> AbstractContextManager[None]:
        """The channel will not work before a person acts."""


def product(key: str, **document: object) -> ChannelProduct:
    return ChannelProduct(key, json.dumps({"uuid": key, "name": f"Product {key}", **document}))


class Carrier:
    """Moves products as the app does: push, remember what was accepted, publish a feed."""

    def __init__(
        self,
        adapter: ChannelAdapter,
        complete: Callable[[ChannelProduct], ChannelProduct] = lambda product: product,
    ) -> None:
        self.adapter = adapter
        self._complete = complete
        self.accepted: dict[str, ChannelProduct] = {}
        self._calls = 0

    def push(self, products: Sequence[ChannelProduct], again: bool = False) -> list[PushResult]:
        products = [self._complete(product) for product in products]
        results = self.adapter.push(products, idempotency_key=self._key(again))
        by_key = {each.key: each for each in products}
        self.accepted |= {result.key: by_key[result.key] for result in results if result.accepted}
        self._publish()
        return results

    def withdraw(self, keys: Sequence[str]) -> list[PushResult]:
        results = self.adapter.withdraw(keys, idempotency_key=self._key(again=False))
        for result in results:
            if result.accepted:
                self.accepted.pop(result.key, None)
        self._publish()
        return results

    def _key(self, again: bool) -> str:
        self._calls += not again
        return f"batch-{self._calls}"

    def _publish(self) -> None:
        if self.adapter.publishes:
            self.adapter.publish(lambda: iter(self.accepted.values()))


class AdapterConformance:
    def test_it_holds_what_was_pushed(self, stage, carrier):
        carrier.push([product("a", name="Crème brûlée 🍮"), product("b", color="")])

        held = stage.holds()

        assert held.keys() == {"a", "b"}
        assert held["a"]["name"] == "Crème brûlée 🍮"

    def test_it_replaces_a_document_as_a_whole(self, stage, carrier):
        carrier.push([product("a", color="red", size="M")])

        carrier.push([product("a", color="blue")])

        assert stage.holds()["a"]["color"] == "blue"
        assert not stage.holds()["a"].get("size")

    def test_it_changes_nothing_when_the_same_is_pushed_twice(self, stage, carrier):
        products = [product("a", price=19.9), product("b")]
        first = carrier.push(products)
        held = stage.holds()

        second = carrier.push(products)

        assert stage.holds() == held
        assert second == first

    def test_it_changes_nothing_when_a_call_is_repeated_under_its_key(self, stage, carrier):
        products = [product("a"), product("b")]
        first = carrier.push(products)
        held = stage.holds()

        second = carrier.push(products, again=True)

        assert stage.holds() == held
        assert second == first

    def test_it_answers_for_each_product_in_their_order(self, stage, carrier):
        keys = ["m", "b", "z", "a", "k"]

        pushed = carrier.push([product(key) for key in keys])
        withdrawn = carrier.withdraw(list(reversed(keys)))

        assert [result.key for result in pushed] == keys
        assert [result.key for result in withdrawn] == list(reversed(keys))

    def test_one_refused_product_fails_no_neighbour(self, stage, carrier):
        refused = stage.refused_product("bad")

        results = carrier.push([product("a"), refused, product("b")])

        assert [result.outcome for result in results] == [
            Outcome.ACCEPTED,
            Outcome.REJECTED,
            Outcome.ACCEPTED,
        ]
        assert results[1].message
        assert stage.holds().keys() == {"a", "b"}

    def test_it_withdraws_what_it_holds_and_an_unknown_key_is_a_success(self, stage, carrier):
        carrier.push([product("a"), product("b")])

        results = carrier.withdraw(["a", "never-seen"])

        assert all(result.accepted for result in results)
        assert stage.holds().keys() == {"b"}

    def test_nothing_to_push_is_no_trouble(self, stage, carrier):
        carrier.push([product("a")])

        assert carrier.push([]) == []
        assert carrier.withdraw([]) == []
        assert stage.holds().keys() == {"a"}

    def test_its_check_changes_nothing(self, stage, carrier):
        carrier.push([product("a")])
        held = stage.holds()

        stage.adapter.check()

        assert stage.holds() == held

    @pytest.mark.parametrize("call", ["check", "push", "withdraw"])
    def test_a_passing_fault_is_transient_and_changes_nothing(self, stage, carrier, call):
        carrier.push([product("a")])
        held = stage.holds()

        with stage.unavailable(), pytest.raises(TransientError) as caught:
            self._call(stage, call)

        assert stage.holds() == held
        self._assert_it_speaks_to_people(caught.value)

    @pytest.mark.parametrize("call", ["check", "push", "withdraw"])
    def test_what_needs_a_person_is_a_configuration_error(self, stage, call):
        with stage.misconfigured(), pytest.raises(ConfigurationError) as caught:
            self._call(stage, call)

        self._assert_it_speaks_to_people(caught.value)

    def test_a_fault_that_passed_leaves_nothing_behind(self, stage, carrier):
        with stage.unavailable(), pytest.raises(TransientError):
            self._call(stage, "push")

        carrier.push([product("a")])

        assert stage.holds().keys() == {"a"}

    def test_its_repr_tells_no_setting(self, stage):
        shown = repr(stage.adapter)

        assert [value for value in stage.adapter._values.values() if value and value in shown] == []

    def test_it_names_every_setting_that_is_wrong(self, stage):
        required = [setting for setting in stage.adapter.settings if setting.required]

        with pytest.raises(InvalidSettings) as caught:
            type(stage.adapter).clean({"no_such_setting": SECRET})

        assert caught.value.errors.keys() == {
            "no_such_setting",
            *(setting.name for setting in required),
        }
        assert all(error.endswith(".") for error in caught.value.errors.values())
        assert SECRET not in str(caught.value)

    def test_cleaning_twice_is_cleaning_once(self, stage):
        values = type(stage.adapter).clean(stage.adapter._values)

        assert type(stage.adapter).clean(values) == values

    def test_its_settings_explain_themselves(self, stage):
        for setting in stage.adapter.settings:
            assert setting.label, setting.name
            assert setting.help.endswith("."), setting.name

    def test_it_describes_itself(self, stage):
        adapter = type(stage.adapter)

        assert adapter.kind == adapter.kind.lower()
        assert adapter.label
        assert adapter.description.endswith(".")
        assert 1 <= stage.adapter.batch_size <= 1000

    def test_its_mapping_schema_is_one_the_pim_takes(self, stage):
        schema = type(stage.adapter).mapping_schema()

        validator = jsonschema.Draft202012Validator(META_SCHEMA)
        assert [error.message for error in validator.iter_errors(schema)] == []
        assert schema["$schema"] == META_SCHEMA["$id"]
        assert "uuid" in schema["required"]

    def test_its_targets_have_a_title_and_a_help_text(self, stage):
        properties = type(stage.adapter).mapping_schema()["properties"]

        # What the PIM fills in itself is not shown to people.
        targets = [one for code, one in properties.items() if not code.startswith("pim_")]
        assert all(target["title"] and target["description"].endswith(".") for target in targets)

    @staticmethod
    def _call(stage, call):
        match call:
            case "check":
                stage.adapter.check()
            case "push":
                stage.adapter.push([product("x")], idempotency_key="broken")
            case "withdraw":
                stage.adapter.withdraw(["a"], idempotency_key="broken")

    @staticmethod
    def _assert_it_speaks_to_people(error: ChannelError):
        assert error.message.endswith(".")
        assert "Traceback" not in error.message
        for text in (error.message, error.detail, str(error), repr(error)):
            assert SECRET not in text
