from connections.models.audit import AuditRecord
from connections.models.authorizations import (
    Authorization,
    FailedAuthorization,
    Invitation,
    Refusal,
)
from connections.models.circuits import Circuit
from connections.models.connections import CLIENT_ID_LENGTH, Connection, PimUser, time_zone_choices
from connections.models.installation import Installation

__all__ = [
    "CLIENT_ID_LENGTH",
    "AuditRecord",
    "Authorization",
    "Circuit",
    "Connection",
    "FailedAuthorization",
    "Installation",
    "Invitation",
    "PimUser",
    "Refusal",
    "time_zone_choices",
]
