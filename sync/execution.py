"""Execute one run from wherever it stands to its end. The same for worker and command."""

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from catalogs.channels import adapter_for
from catalogs.models import Catalog
from catalogs.pauses import refuse_while_paused
from connections.circuits import pim_side
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.installation import refuse_on_wrong_copy
from outbound.errors import ConfigurationError, OutboundError, TransientError
from pim.client import PimClient
from pim.errors import Unauthorized
from sync import gate, ownership
from sync.awaiting import queue_arrived
from sync.decided import notice_people
from sync.dependencies.looking import look_at_dependencies
from sync.dry_run import compare_only
from sync.fetching import fetch_files
from sync.fuse import hold_what_is_suspicious
from sync.giving_way import Contact, GiveWay, Wait, channel_side, put_off_after
from sync.listings import try_parked_again
from sync.looking import look_first
from sync.mapping import keep_mapping
from sync.media import note_on_files
from sync.models import Run
from sync.navigation import Navigation, arrange, may_be_due, take_away
from sync.notices import after_run
from sync.publishing import publish_feed
from sync.pull import mark_read, pull_run
from sync.pull_models import pull_models
from sync.push import count_what_waits, has_something_to_send, push_due
from sync.reconcile import reconcile
from sync.reconnection import refuse_while_put_down
from sync.refusals import take_report
from sync.removal import (
    DecidedAnew,
    decision_known_to,
    go_on_if_decided,
    let_go_of_everything,
    remove_for_good,
)
from sync.resending import send_moved_files
from sync.runs import enter, finish, is_full_due, promote_to_full, put_off
from sync.signs import something_is_up
from sync.single import pull_products, send_what_came_meanwhile
from sync.undo import put_back
from sync.urgent import forget_urgent

logger = logging.getLogger(__name__)

_READ = (Run.Phase.FETCHING, Run.Phase.PUSHING, Run.Phase.FINISHING)
MAX_SETBACKS = 8  # about a quarter of an hour

_INTERNAL = (
    "Something went wrong inside Ferry. Nothing is lost: the next run goes on from here. The "
    "people who run Ferry find the reason in the log."
)


def execute_run(
    run: Run, *, sleep: Callable[[float], None] = time.sleep, gives_way: bool = False
) -> Run:
    """Work on a claimed run until it ended, and return it as it ended.

    `sleep` is how it waits for its next try, at the PIM and at the channel. With `gives_way`, as
    in a worker, it is put off instead of waiting for long, and goes on later at its checkpoint;
    a trial, which has none, ends. Raises RunLost when another process took the run over; every
    other failure ends the run and is told in its `problem`.
    """
    before, decision = _progress(run), None
    with ownership.heartbeat(run) as lost:
        try:
            decision = decision_known_to(run)
            _execute(run, lost, sleep, gives_way)
        except ownership.RunLost:
            raise
        except DecidedAnew as error:
            finish(run, Run.Status.STOPPED, error.message)
        except ConfigurationError as error:
            logger.warning("Run %s stopped: %s (%s)", run.pk, error.message, error.detail)
            finish(run, Run.Status.STOPPED, error.message, is_refused=bool(error.is_refusal))
        except GiveWay as way:
            _give_way(run, way, got_on=_progress(run) != before)
        except OutboundError as error:
            if gives_way and isinstance(error, TransientError):
                _give_way(run, put_off_after(error), got_on=_progress(run) != before)
                return run
            logger.warning("Run %s failed: %s (%s)", run.pk, error.message, error.detail)
            finish(run, Run.Status.FAILED, error.message)
        except Exception:  # a fault of ours: the log has it, and no run stays live by it
            logger.exception("Run %s failed", run.pk)
            finish(run, Run.Status.FAILED, _INTERNAL)
        forget_urgent(run)
    if run.finished_at and decision:
        go_on_if_decided(run, decision)
    after_run(run)
    if run.is_of_products:
        send_what_came_meanwhile(run)
    return run


def _give_way(run: Run, way: GiveWay, *, got_on: bool) -> None:
    """Put the run off, unless that happened too often since it last got on."""
    run.setbacks = (0 if got_on else run.setbacks) + way.is_setback
    if run.dry_run or run.setbacks > MAX_SETBACKS:
        logger.warning("Run %s failed: %s", run.pk, way.reason)
        finish(run, Run.Status.FAILED, way.reason)
        return
    put_off(run, way.until, way.note)


def _progress(run: Run) -> tuple[object, ...]:
    return (run.read_at, *_counts_read(run), *_sent(run))


def _counts_read(run: Run) -> tuple[int, ...]:
    return (run.listed, run.pulled, run.files)


def _sent(run: Run) -> tuple[int, ...]:
    return (run.pushed, run.withdrawn, run.failed)


def _execute(run: Run, lost: Event, sleep: Callable[[float], None], gives_way: bool) -> None:
    catalog = run.catalog
    pim = Contact(
        pim_side(catalog.connection), gives_way=gives_way, progress=lambda: sum(_counts_read(run))
    )
    shop = Contact(
        channel_side(catalog.channel), gives_way=gives_way, progress=lambda: sum(_sent(run))
    )
    go_on = _go_on(run, lost, pim, shop)
    wait = Wait(go_on, sleep, gives_way=gives_way)
    if run.dry_run:
        with pim:
            look = look_first if run.mode == Run.Mode.SAMPLE else compare_only
            _with_client(run, wait, lambda client: look(run, client, go_on=go_on))
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
    navigation = Navigation(catalog)
    is_new = run.phase == Run.Phase.STARTING
    if run.trigger == Run.Trigger.MANUAL and is_new and run.mode != Run.Mode.UNDO:
        try_parked_again(run)
    if run.mode == Run.Mode.PUSH:
        if catalog.on_shop == Catalog.OnShop.WITHDRAW:
            let_go_of_everything(run)
    elif run.mode == Run.Mode.UNDO:
        if run.phase not in _READ:
            put_back(run, go_on=go_on)
    elif run.is_of_products:
        if run.phase not in _READ:
            with pim:
                _with_client(
                    run,
                    wait,
                    lambda client: pull_products(
                        run, client, go_on=go_on, sleep=sleep, wait=wait, navigation=navigation
                    ),
                )
    elif run.read_at is None:
        with pim:
            _with_client(
                run, wait, lambda client: _read(run, client, go_on, sleep, wait, navigation)
            )
        mark_read(run)
    note = ""
    if catalog.on_shop != Catalog.OnShop.LEAVE:
        adapter = adapter_for(catalog.channel)
        enter(run, Run.Phase.PUSHING)
        if catalog.removing_since is None:
            if not run.is_of_products or run.is_of_events:  # else a person wants exactly these
                hold_what_is_suspicious(run)
            if adapter.relations and not run.is_of_products:
                queue_arrived(run)
        send_moved_files(run, go_on)
        with_pim = partial(_in_contact, pim, partial(_with_client, run, wait))
        fetch_files(run, adapter, ask=with_pim, go_on=go_on, sleep=sleep)
        if run.phase != Run.Phase.PUSHING:
            enter(run, Run.Phase.PUSHING)
        count_what_waits(run)
        may_send = _while_open(run, go_on)
        wait_open = Wait(may_send, sleep, gives_way=gives_way)
        try:
            may_send()
            gate.be_through(run)
            if may_be_due(run, adapter):
                with pim:
                    _with_client(run, wait, navigation.tree)
                with shop:
                    arrange(run, adapter, navigation, go_on=may_send, wait=wait_open)
            if adapter.takes_refusals and catalog.removing_since is None:
                with shop:
                    take_report(run, adapter, wait=wait_open)
            if has_something_to_send(run):
                with shop:
                    push_due(run, adapter, go_on=may_send, wait=wait_open)
            if catalog.removing_since is not None:
                with shop:
                    take_away(run, adapter, go_on=may_send, wait=wait_open)
            enter(run, Run.Phase.FINISHING)
            if adapter.publishes:
                with shop:
                    publish_feed(run, adapter, go_on=may_send, wait=wait_open)
        except gate.Shut as shut:
            gate.let_wait(run, adapter, shut, go_on=go_on, wait=wait)
            return
        note = note_on_files(run) if adapter.takes_media else ""
    if catalog.removing_since is not None:
        remove_for_good(run, wait=wait)
        return
    finish(run, Run.Status.SUCCEEDED, note=note)


def _in_contact(
    side: Contact,
    with_client: Callable[[Callable[[PimClient], None]], None],
    work: Callable[[PimClient], None],
) -> None:
    with side:
        with_client(work)


def _read(
    run: Run,
    client: PimClient,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
    wait: Callable[[float], None],
    navigation: Navigation,
) -> None:
    look_at_dependencies(run, client, go_on=go_on, sleep=sleep)
    if run.mode == Run.Mode.DELTA and is_full_due(run):
        promote_to_full(run)
    keep_mapping(run, client)
    pull = pull_models if run.catalog.has_models else pull_run
    is_noted = pull(run, client, go_on=go_on, sleep=sleep, navigation=navigation)
    enter(run, Run.Phase.RECONCILING)
    reconcile(run, client, go_on=go_on, sleep=sleep, wait=wait, is_noted=is_noted)


def _with_client(run: Run, wait: Wait, work: Callable[[PimClient], object]) -> None:
    """Do something with the PIM; go on with a fresh token if the one at hand was replaced.

    Granting other scopes ends the token that a run under way has (pim-contract.md 1.5).
    """
    connection = run.catalog.connection
    while True:
        token = connection.token
        try:
            with noticing_loss(connection):
                work(client_for(connection, sleep=wait, max_seconds=wait.patience))
            return
        except Unauthorized:
            connection.refresh_from_db()
            if not connection.is_connected or connection.token == token:
                raise


def _go_on(run: Run, lost: Event, *contacts: Contact) -> Callable[[], None]:
    """Return what raises when the run is to end before its next step."""

    def go_on() -> None:
        if lost.is_set():
            raise ownership.RunLost(f"run {run.pk} is not ours any more")
        for contact in contacts:
            contact.notice()
        if not something_is_up(run):
            return
        try:
            notice_people(run)
        except ConfigurationError as error:
            error.is_refusal = False  # of nobody's but ours, whomever we speak to now
            raise

    return go_on


def _while_open(run: Run, go_on: Callable[[], None]) -> Callable[[], None]:
    """Return what raises Shut as well, once nothing may be sent to the channel any more."""

    def may_send() -> None:
        go_on()
        gate.refuse_while_shut(run)

    return may_send
