"""Execute one run from wherever it stands to its end. The same for worker and command."""

import logging
import time
from collections.abc import Callable
from threading import Event

from catalogs.channels import adapter_for
from catalogs.models import Catalog, pause_holds
from catalogs.pauses import refuse_while_paused
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.installation import refuse_on_wrong_copy
from outbound.errors import ConfigurationError, OutboundError
from pim.client import PimClient
from pim.errors import Unauthorized
from sync import gate, ownership
from sync.dry_run import compare_only
from sync.fuse import hold_what_is_suspicious
from sync.listings import try_parked_again
from sync.models import Run
from sync.publishing import publish_feed
from sync.pull import mark_read, pull_run
from sync.push import count_what_waits, push_due
from sync.reconcile import reconcile
from sync.reconnection import refuse_while_put_down
from sync.removal import (
    DecidedAnew,
    go_on_removing,
    let_go_of_everything,
    notice_decision,
    remove_for_good,
)
from sync.runs import enter, finish, is_outdated, promote_to_full
from sync.single import pull_products, send_what_came_meanwhile
from sync.undo import put_back
from sync.urgent import forget_urgent

logger = logging.getLogger(__name__)

_INTERNAL = (
    "Something went wrong inside Ferry. Nothing is lost: the next run goes on from here. The "
    "people who run Ferry find the reason in the log."
)


def execute_run(run: Run, *, sleep: Callable[[float], None] = time.sleep) -> Run:
    """Work on a claimed run until it ended, and return it as it ended.

    `sleep` is how it waits for its next try, at the PIM and at the channel. Raises RunLost when
    another process took the run over; every other failure ends the run and is told in its
    `problem`.
    """
    with ownership.heartbeat(run) as lost:
        try:
            _execute(run, lost, sleep)
        except ownership.RunLost:
            raise
        except DecidedAnew as error:
            finish(run, Run.Status.STOPPED, error.message)
            go_on_removing(run.catalog)
        except ConfigurationError as error:
            logger.warning("Run %s stopped: %s (%s)", run.pk, error.message, error.detail)
            finish(run, Run.Status.STOPPED, error.message)
        except OutboundError as error:
            logger.warning("Run %s failed: %s (%s)", run.pk, error.message, error.detail)
            finish(run, Run.Status.FAILED, error.message)
        except Exception:
            logger.exception("Run %s failed", run.pk)
            finish(run, Run.Status.FAILED, _INTERNAL)
        forget_urgent(run)
    if run.is_of_products:
        send_what_came_meanwhile(run)
    return run


def _execute(run: Run, lost: Event, sleep: Callable[[float], None]) -> None:
    go_on = _go_on(run, lost)
    wait = _wait(go_on, sleep)
    catalog = run.catalog
    if run.dry_run:
        _with_client(run, wait, lambda client: compare_only(run, client, go_on=go_on))
        finish(run, Run.Status.SUCCEEDED)
        return
    refuse_on_wrong_copy()
    if catalog.removing_since is not None:
        run.mode = Run.Mode.PUSH  # queued before it was decided to remove the catalog
    elif catalog.archived_at is not None:
        raise ConfigurationError("The catalog is archived. Restore it to sync it again.")
    else:
        refuse_while_put_down(run)
        refuse_while_paused(catalog)
    is_new = run.phase == Run.Phase.STARTING
    if run.trigger == Run.Trigger.MANUAL and is_new and run.mode != Run.Mode.UNDO:
        try_parked_again(run)
    if run.mode == Run.Mode.PUSH:
        if catalog.on_shop == Catalog.OnShop.WITHDRAW:
            let_go_of_everything(run)
    elif run.mode == Run.Mode.UNDO:
        if run.phase not in (Run.Phase.PUSHING, Run.Phase.FINISHING):
            put_back(run, go_on=go_on)
    elif run.is_of_products:
        if run.phase not in (Run.Phase.PUSHING, Run.Phase.FINISHING):
            _with_client(
                run,
                wait,
                lambda client: pull_products(run, client, go_on=go_on, sleep=sleep, wait=wait),
            )
    elif run.read_at is None:
        if run.mode == Run.Mode.DELTA and is_outdated(run):
            promote_to_full(run)
        _with_client(run, wait, lambda client: pull_run(run, client, go_on=go_on, sleep=sleep))
        enter(run, Run.Phase.RECONCILING)
        _with_client(
            run,
            wait,
            lambda client: reconcile(run, client, go_on=go_on, sleep=sleep, wait=wait),
        )
        mark_read(run)
    if catalog.on_shop != Catalog.OnShop.LEAVE:
        adapter = adapter_for(catalog.channel)
        enter(run, Run.Phase.PUSHING)
        if catalog.removing_since is None and not (run.is_of_products or run.undoes_id):
            hold_what_is_suspicious(run)
        count_what_waits(run)
        may_send = _while_open(run, go_on)
        wait_open = _wait(may_send, sleep)
        try:
            may_send()
            gate.be_through(run)
            push_due(run, adapter, go_on=may_send, wait=wait_open)
            enter(run, Run.Phase.FINISHING)
            publish_feed(run, adapter, go_on=may_send, wait=wait_open)
        except gate.Shut as shut:
            gate.let_wait(run, adapter, shut, go_on=go_on, wait=wait)
            return
    if catalog.removing_since is not None:
        remove_for_good(run, wait=wait)
        return
    finish(run, Run.Status.SUCCEEDED)


def _with_client(
    run: Run, wait: Callable[[float], None], work: Callable[[PimClient], None]
) -> None:
    """Do something with the PIM; go on with a fresh token if the one at hand was replaced.

    Granting other scopes ends the token that a run under way has (pim-contract.md 1.5).
    """
    connection = run.catalog.connection
    while True:
        token = connection.token
        try:
            with noticing_loss(connection):
                work(client_for(connection, sleep=wait))
            return
        except Unauthorized:
            connection.refresh_from_db()
            if not connection.is_connected or connection.token == token:
                raise


def _go_on(run: Run, lost: Event) -> Callable[[], None]:
    """Return what raises when the run is to end before its next step."""

    def go_on() -> None:
        if lost.is_set():
            raise ownership.RunLost(f"run {run.pk} is not ours any more")
        if not run.dry_run:
            refuse_on_wrong_copy()
        notice_decision(run)
        if run.catalog.removing_since is None:
            refuse_while_put_down(run)
            _notice_pause(run)

    return go_on


def _notice_pause(run: Run) -> None:
    """Raise Paused if somebody paused the run's catalog meanwhile; a dry run sends nothing."""
    paused = Catalog.objects.filter(pause_holds(), pk=run.catalog_id)
    if not run.dry_run and (catalog := paused.select_related("channel__connection").first()):
        refuse_while_paused(catalog)


def _while_open(run: Run, go_on: Callable[[], None]) -> Callable[[], None]:
    """Return what raises Shut as well, once nothing may be sent to the channel any more."""

    def may_send() -> None:
        go_on()
        gate.refuse_while_shut(run)

    return may_send


def _wait(go_on: Callable[[], None], sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Return a sleep that notices within a second that the run is to end."""

    def wait(seconds: float) -> None:
        while seconds > 0:
            go_on()
            sleep(min(seconds, 1.0))
            seconds -= 1.0

    return wait
