"""A kind of channel for tests alone that tells its own fields: whatever a test puts there."""

from collections import defaultdict

from channels.targets import Target
from tests.channels.memory import MemoryAdapter

# By the name of the shop.
FIELDS: dict[str, list[Target]] = defaultdict(list)


class FieldsAdapter(MemoryAdapter):
    """To be put into the registry with `monkeypatch.setitem(KINDS, "fields", FieldsAdapter)`."""

    kind = "fields"
    label = "Memory with fields"
    own_fields = "read"

    def read_fields(self) -> list[Target]:
        self.check()
        return list(FIELDS[self._values["shop"]])
