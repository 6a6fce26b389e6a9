"""What Celery wakes workers for. Every task may run twice: the database knows what is to do."""

import logging
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalogs.media.tidying import remove_leftovers
from catalogs.models import Catalog
from catalogs.pauses import end_pauses
from catalogs.timetables import closing_of
from connections.audit import Actor, acting_as
from connections.circuits import forget_untried
from connections.installation import is_paused
from connections.models import AuditRecord, Connection
from connections.tidying import forget_old_authorizations
from enrichment.kept_files import remove_leftovers as remove_kept_files
from enrichment.media.keeping import release_settled
from enrichment.seen_files import forget_gone_files
from outbound.errors import OutboundError
from sync import ownership, tallying
from sync.alerts.life import show_life
from sync.alerts.sending import (
    are_mails_due,
    due_webhooks,
    give_up_what_is_old,
    send_mails,
    send_to_webhook,
)
from sync.events import keeping, waking
from sync.events.states import look
from sync.execution import execute_run
from sync.feedback import ownership as feedback_ownership
from sync.feedback.telling import may_be_told, tell
from sync.gate import open_gates
from sync.models import EventSubscription, Feedback, Run, SignOfLife
from sync.notices import review_everything
from sync.privacy.erase import erase_pim
from sync.removal import go_on_removing
from sync.runs import AlreadyRunning, start_run
from sync.tidying import forget_old_history
from sync.unused_files import forget_unused_files

logger = logging.getLogger(__name__)

# A broker that lost a message is noticed after this; a busy worker pool must not be flooded.
_QUEUED_TOO_LONG = timedelta(minutes=2)
_REMOVAL_EVERY = timedelta(minutes=10)


@shared_task
def work_on_run(run_id: int) -> None:
    """Work on this run, unless somebody does already or it has ended."""
    run = Run.objects.select_related("catalog__channel__connection").filter(pk=run_id).first()
    if run is None or run.is_put_off or not ownership.claim(run):
        return
    try:
        execute_run(run, gives_way=True)
    except ownership.RunLost:
        logger.warning("Run %s was taken over by another process", run_id)
        return
    if events := waking.waiting_behind(run):
        # A broker that cannot be reached is logged: the next look finds them as well.
        transaction.on_commit(partial(work_on_events.delay, events.pk), robust=True)


@shared_task
def start_scheduled_run(catalog_id: int) -> None:
    """Start what the schedule asks for; skip, and say so, while the previous run still works.

    A wrong copy skips quietly: admin and its pages say why nothing is synced.
    """
    if is_paused():
        return
    catalog = (
        Catalog.objects.active()
        .started()
        .select_related("channel__connection")
        .filter(pk=catalog_id, unconfirmed_since=None)
        .not_paused()
        .first()
    )
    if catalog is None or not catalog.connection.is_connected:
        logger.info("Catalog %s is not synced now: somebody stopped it, or must act", catalog_id)
        return
    try:
        start_run(catalog, Run.Trigger.SCHEDULE)
    except AlreadyRunning as busy:
        logger.info("Skipped a scheduled run of catalog %s: run %s works", catalog_id, busy.run.pk)
        Catalog.objects.filter(pk=catalog_id).update(
            skipped_at=timezone.now(), skipped_for=busy.run.created_at
        )


@shared_task
def look_at_the_clock() -> None:
    """End the pauses whose date has come, and send what waited for a channel. Every 30 s.

    And add up the tally where runs that go on have left many differences.
    """
    tallying.add_up(more_than=tallying.MANY)
    if ended := end_pauses():
        logger.info("Ended %s pauses", ended)
    if started := open_gates():
        logger.info("Started %s runs for what waited", started)


@shared_task
def feed_back(feedback_id: int) -> None:
    """Offer to the PIM how a catalog's products stand, unless it is not due, or somebody does."""
    due = Feedback.objects.due().select_related("catalog__channel__connection")
    feedback = due.filter(pk=feedback_id).first()
    if feedback is None or is_paused() or not may_be_told(feedback):
        return
    if not feedback_ownership.claim(feedback):
        return
    try:
        tell(feedback)
    except feedback_ownership.FeedbackLost:
        logger.warning("Feedback %s was taken over, or changed", feedback_id)


@shared_task
def feed_back_where_due() -> None:
    """Have those catalogs say how their products stand that had a run since. Every minute."""
    if is_paused():
        return
    for feedback in Feedback.objects.due().select_related("catalog__channel__connection"):
        if feedback_ownership.is_free(feedback) and may_be_told(feedback):
            feed_back.delay(feedback.pk)


@shared_task
def work_on_events(subscription_id: int) -> None:
    """Wake the catalogs for what the PIM said, also if that was switched off meanwhile."""
    rows = EventSubscription.objects.select_related("connection")
    events = rows.filter(pk=subscription_id).first()
    if events is not None:
        waking.work_on_events(events)


@shared_task
def take_up_events() -> None:
    """Wake the catalogs for events for which no worker was called, or in vain. Every 30 s.

    Whatever waits for a run that does not end in a worker is found by this as well.
    """
    for events in waking.unfinished():
        work_on_events.delay(events.pk)


@shared_task
def look_at_events(subscription_id: int) -> None:
    """Ask how the subscription stands, as a notice says that it changed."""
    wanted = EventSubscription.objects.filter(is_wanted=True).select_related("connection")
    events = wanted.filter(pk=subscription_id).first()
    if events is None or is_paused():
        return
    try:
        look(events)
    except OutboundError as error:
        logger.warning("Events of connection %s: %s", events.connection_id, error.detail or error)


@shared_task
def keep_subscriptions() -> None:
    """Ask how every subscription stands, and put back what is gone. Every 15 minutes."""
    if not is_paused():
        keeping.look_at_all()


@shared_task
def review_notices() -> None:
    """Look at everything that people should know. Every 5 minutes; runs tell of themselves."""
    review_everything()


@shared_task
def show_that_tasks_are_worked_on() -> None:
    """Note it, every minute. The scheduler lets it expire soon: in a long queue nobody runs it."""
    show_life(SignOfLife.Part.QUEUE)


@shared_task
def send_alerts() -> None:
    """Have people told what is due: mails by one task, each webhook by its own. Every 30 s."""
    if is_paused():
        return
    if given_up := give_up_what_is_old():
        logger.warning("Gave up %s alerts that nobody took", given_up)
    if are_mails_due():
        send_alert_mails.delay()
    for pk in due_webhooks():
        call_alert_webhook.delay(pk)


@shared_task
def send_alert_mails() -> None:
    """Send the mails that are due."""
    if sent := send_mails():
        logger.info("Sent %s mails", sent)


@shared_task
def call_alert_webhook(webhook_id: int) -> None:
    """Post what is due to one webhook: one that hangs holds up nobody else's."""
    if taken := send_to_webhook(webhook_id):
        logger.info("Webhook %s took %s alerts", webhook_id, taken)


@shared_task
def take_up_unfinished_runs() -> None:
    """Find runs that are due or that nobody works on, and unfinished removals. Every 30 s."""
    now = timezone.now()
    for run in Run.objects.live().filter(Q(not_before=None) | Q(not_before__lte=now)):
        abandoned = run.owner and ownership.is_free(run)
        forgotten = not run.owner and run.heartbeat_at < now - _QUEUED_TOO_LONG
        if (run.is_put_off or abandoned or forgotten) and ownership.give_back(run):
            logger.log(
                logging.INFO if run.is_put_off else logging.WARNING, "Taking up run %s", run.pk
            )
            work_on_run.delay(run.pk)
    if is_paused():  # a removal would be stopped again and again
        return
    going = Catalog.objects.filter(removing_since__isnull=False)
    for catalog in going.select_related("channel__connection"):
        if catalog.on_shop == Catalog.OnShop.WITHDRAW and closing_of(catalog.channel):
            continue  # nothing is withdrawn now, so a run would be for nothing
        last = catalog.runs.first()
        if last is None or _is_due_again(last, catalog, now):
            go_on_removing(catalog)


def _is_due_again(last: Run, catalog: Catalog, now: datetime) -> bool:
    """Whether the last run ended and knew nothing of the removal, or failed at it long ago."""
    if last.finished_at is None:
        return False
    began = catalog.removing_since
    knew = began is not None and last.created_at >= began
    return not knew or last.finished_at < now - _REMOVAL_EVERY


@shared_task
def erase_everything(connection_id: int, actor: list[str]) -> None:
    """Erase all that is known of a PIM, as whoever asked for it; going on where another died."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return
    kind, name, key = actor
    with acting_as(lambda: Actor(AuditRecord.ActorKind(kind), name, key)):
        erase_pim(connection)


@shared_task
def tidy_up() -> None:
    """Forget what nobody needs any more. Every hour."""
    logger.info("Forgot %s authorizations", forget_old_authorizations())
    logger.info("Forgot %s circuits", forget_untried())
    logger.info("Forgot %s rows of history", forget_old_history())
    logger.info("Forgot %s files of sources", forget_gone_files())
    tallying.add_up()
    logger.info("Forgot %s files that no product names", forget_unused_files())
    logger.info("Removed %s files that nobody needs", remove_leftovers())
    logger.info("Removed %s kept files that nobody waits for", remove_kept_files())
    logger.info("Removed the files of %s offers", release_settled())
