"""What is known of translations goes with the products that the PIM has no more."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from connections.models import Connection
from enrichment.models import Proposal, TranslatedText
from enrichment.translations.forgetting import (
    ASK_AFTER,
    GIVE_UP_AFTER,
    forget_gone_translations,
)
from sandbox.faults import Fault

OLD = ASK_AFTER + timedelta(days=1)


@pytest.fixture
def remember(enrichment):
    def remember(key, *, ago=OLD, subject=Proposal.Subject.PRODUCT, **values):
        at = timezone.now() - ago
        defaults = {"attribute": "name", "locale": "fr_FR", "source_locale": "en_US"}
        return TranslatedText.objects.create(
            connection=enrichment.connection,
            subject=subject,
            key=key,
            translated_at=at,
            seen_at=at,
            **{**defaults, **values},
        )

    return remember


def keys():
    return set(TranslatedText.objects.values_list("key", flat=True))


def test_what_was_deleted_goes_and_what_is_there_stays(enrichment, remember):
    there, gone = enrichment.uuids[0], str(uuid4())
    remember(there)
    remember(gone)
    remember(gone, attribute="description")

    assert forget_gone_translations() == 2
    assert keys() == {there}


def test_models_are_asked_for_by_their_codes(enrichment, remember):
    code = next(iter(enrichment.pim.assortment.models))
    remember(code, subject=Proposal.Subject.MODEL)
    remember("gone/model", subject=Proposal.Subject.MODEL)

    forget_gone_translations()

    assert keys() == {code}


def test_what_was_seen_is_not_asked_for_again_soon(enrichment, remember, world):
    remember(enrichment.uuids[0])
    forget_gone_translations()
    world.pim.faults.add(fault := Fault("500", path="products-uuid/search", times=1))

    forget_gone_translations()

    assert fault.times == 1


def test_the_young_ones_stay_whatever_became_of_their_products(remember):
    remember("gone", ago=ASK_AFTER - timedelta(days=1))

    assert forget_gone_translations() == 0


def test_a_pim_that_knows_none_of_many_is_not_believed(remember):
    for number in range(21):
        remember(str(uuid4()), attribute=f"text_{number}")

    assert forget_gone_translations() == 0
    assert len(keys()) == 21


def test_a_pim_that_is_unwell_loses_nothing(enrichment, remember, world):
    remember(str(uuid4()))
    world.pim.faults.add(Fault("500", path="products-uuid/search", times=50))

    assert forget_gone_translations(sleep=world.sleep) == 0


def test_where_nobody_can_be_asked_it_goes_after_two_years(enrichment, remember):
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    remember("old", ago=GIVE_UP_AFTER + timedelta(days=1))
    remember("younger")

    assert forget_gone_translations() == 1
    assert keys() == {"younger"}
