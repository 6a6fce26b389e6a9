"""Which PIM is in earnest: production, or a sandbox where things are tried."""

import re

from django.db import transaction
from django.db.models import Q

from connections import audit
from connections.audit import Action
from connections.models import Connection

# Words in a host's name that Akeneo's customers give to a PIM for trying things.
_TRYING = re.compile(
    r"(?:^|[.-])(?:sandbox|sbx|test|testing|demo|dev|staging|stage|preprod|uat|qa|localhost)\d*(?=$|[.:-])",
    re.IGNORECASE,
)
_ON_THIS_MACHINE = re.compile(r"^(?:127\.|\[::1\]|localhost(?:$|:))")


def guessed(host: str) -> Connection.Environment:
    """Return what the name of a PIM says it is, until somebody says otherwise."""
    is_sandbox = _ON_THIS_MACHINE.match(host) or _TRYING.search(host)
    return Connection.Environment.SANDBOX if is_sandbox else Connection.Environment.PRODUCTION


def environment_of(connection: Connection) -> Connection.Environment:
    return Connection.Environment(connection.environment or guessed(connection.host))


def of_environment(environment: Connection.Environment) -> Q:
    """Those that are this, by what somebody said or else by their names. One query."""
    undecided = Connection.objects.filter(environment="").only("pim_url")
    by_name = [one.pk for one in undecided if guessed(one.host) == environment]
    return Q(environment=environment) | Q(pk__in=by_name)


@transaction.atomic
def set_environment(connection: Connection, environment: str) -> None:
    """Say what this PIM is; "": what its name says."""
    before = connection.environment
    if environment == before:
        return
    connection.environment = environment
    connection.save(update_fields=["environment", "updated_at"])
    audit.record(
        Action.ENVIRONMENT_CHANGED, connection, connection.host, before=before, now=environment
    )
