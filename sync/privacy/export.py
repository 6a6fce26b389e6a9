"""Export everything of one PIM into a file: for people who ask what is known of them."""

import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import QuerySet

from connections import audit
from connections.audit import Action
from connections.fields import EncryptedTextField
from connections.models import Connection
from sync.privacy.belongings import audit_of, belongings_of, documents_of

# What opens something, or proves that somebody has it; no use to whoever asks for their data.
_LEFT_OUT = {
    *("state_digest", "browser_digest", "token_digest", "address_digest"),
    *("forgotten_token", "owner", "confirming", "stop_key"),
}

_README = """Everything that Ferry knows of {pim_url}, as of {at}.

One file for each table, one JSON object a line. Tokens, passwords and keys are not in it.

people          who opened Ferry from the PIM, with their role
audit           who did what
admin_log       what Django's admin noted of what staff did there
connection      the PIM itself and what it granted
authorizations  clicks on Connect and Open app, of the last hour
refusals        what those were told who did not get in
invitations     links with which credentials were entered
media           files that were downloaded, without their contents
channels        where products go, with their fields; of their settings all that is no secret
channel_ids     what each channel calls products, pictures and categories
catalogs        which products, and how often
feedback        attributes in which catalogs say how their products stand on the channel
windows         hours of every week in which a channel is sent to, or is not
freezes         times in which it is not
exemptions      products that somebody sends at once all the same
schedules       when the scheduler starts a run
listings        each product's place on each channel; `wanted` and `sent` name documents by id
documents       the contents, by id
tallies         how many listings of each catalog stand where
variants        the variants of each listed model
awaited_links   products that link to some that are not there yet
missing_targets what channels need and products did not bring
emptied_targets values that products have lost and channels still have
departures      products that were found to have left
to_read         products that the next run reads, as something changed that they refer to
watched         what products refer to (options, categories and so on), as digests
feeds           channels that are written as a whole, and their last edition
feed_files      the files of these editions
feed_entries    what the editions of a feed said of each product
circuits        what could not be reached, and since when
changes         what was sent, and what the channel answered
differences     what dry runs would have changed
looks           what a few products of a catalog looked like before any was sent
sources         where values for the PIM come from, and what each may do there
source_files    the files that were seen there, and which were read
requested_translations
                what people asked in the PIM to have translated, and what became of it
uploads         files that people sent and that are not read yet
offers          what was offered to the PIM at once, such as a file
proposals       each value of an offer, what the PIM held before, and what became of it
offer_problems  what could not be used of an offer
pim_files       which files the PIM was sent, or was found to have, by digests of their contents
written_values  what was written last at each place in the PIM, as digests
translation_orders
                which texts somebody wanted as a file for translators, or translated by a service
translated_texts
                from which text each translation in the PIM was made, as digests
service_translations
                what a service answered to texts of the PIM, so that none is sent to it twice
notices         what people of the PIM were told of
event_subscriptions
                that the PIM tells Ferry what changes in it, and how that stands
received_events what it told, for some days, without who changed it
changed_keys    products and models that catalogs have still to read for it
alert_settings  where and how people are told, with the address that they entered
alert_choices   of which catalogs they are told in a way of its own
alert_webhooks  where alerts are posted to
alert_messages  when whom a mail or a call was sent to, about which notice
runs, batches, checkpoints, pages_of_keys
                what was done when
"""


def export_pim(connection: Connection, file: IO[bytes]) -> dict[str, int]:
    """Write a zip archive; return how many rows of each table are in it. Flat memory."""
    with transaction.atomic():
        record = audit.record(Action.EXPORTED, connection)
    tables = {
        **belongings_of(connection),
        "documents": documents_of(connection),
        "audit": audit_of(connection),
    }
    counts = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        readme = _README.format(pim_url=connection.pim_url, at=record.at.isoformat())
        archive.writestr("README.txt", readme)
        for name, rows in tables.items():
            counts[name] = 0
            with archive.open(f"{name}.jsonl", "w", force_zip64=True) as table:
                for line in _lines(rows):
                    table.write(line)
                    counts[name] += 1
    return counts


def _lines(rows: QuerySet[Any]) -> Iterator[bytes]:
    names = [field.attname for field in rows.model._meta.concrete_fields if _is_told(field)]
    for values in rows.order_by("pk").values(*names).iterator(chunk_size=500):
        yield f"{json.dumps(values, cls=_Encoder)}\n".encode()


def _is_told(field: "models.Field[Any, Any]") -> bool:
    return not isinstance(field, EncryptedTextField) and field.attname not in _LEFT_OUT


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, (bytes, memoryview)):
            return bytes(value).hex()
        if hasattr(value, "key"):  # a time zone, in the rows of the scheduler
            return str(value)
        return super().default(value)
