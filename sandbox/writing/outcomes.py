"""What writing did to a product or model."""

from enum import Enum


class Written(Enum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"  # it was so already


def outcome(*, is_new: bool, is_changed: bool) -> Written:
    if is_new:
        return Written.CREATED
    return Written.CHANGED if is_changed else Written.UNCHANGED
