"""A channel that takes nothing from us, found by real runs: one notice, until it takes one."""

from catalogs.pauses import pause
from sync.models import Notice, Run
from tests.world import SECRET


def open_kinds():
    return sorted(Notice.objects.open().values_list("kind", flat=True))


def test_a_wrong_secret_is_told_of_the_channel_and_not_of_the_run(world, receiver):
    receiver.secret = "another"
    run = world.sync()

    assert (run.status, run.is_refused) == (Run.Status.STOPPED, True)
    [notice] = Notice.objects.open()
    assert (notice.kind, notice.channel, notice.catalog) == ("channel_refused", world.channel, None)
    assert "Check the secret" in notice.said

    receiver.secret = SECRET
    world.sync()
    assert open_kinds() == []


def test_a_pause_in_the_middle_is_no_refusal(world, receiver):
    receiver.on_call = lambda received: pause(world.again())
    run = world.sync()

    assert (run.status, run.is_refused) == (Run.Status.STOPPED, False)
    assert open_kinds() == []


def test_a_pim_that_has_disabled_the_catalog_is_no_refusal(world, receiver):
    world.sync()
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False
    run = world.sync()

    assert (run.status, run.is_refused) == (Run.Status.STOPPED, False)
    assert open_kinds() == ["disabled"]
