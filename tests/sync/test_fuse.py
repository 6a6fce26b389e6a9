import pytest

from sync.reconcile import blows_fuse


@pytest.mark.parametrize(
    ("leaving", "on_channel", "held"),
    [
        (0, 0, False),
        (0, 100, False),
        (1, 1, False),  # a catalog of one product may lose it
        (2, 2, True),  # but never all of several
        (20, 100, False),
        (20, 21, False),
        (21, 100, True),
        (21, 420, False),  # exactly 5 %
        (22, 420, True),
        (50, 1000, False),
        (51, 1000, True),
    ],
)
def test_suspiciously_many_withdrawals_blow_the_fuse(leaving, on_channel, held):
    assert blows_fuse(leaving, on_channel) is held
