from connections.models.audit import AuditRecord
from connections.models.authorizations import Authorization, FailedAuthorization, Invitation
from connections.models.connections import CLIENT_ID_LENGTH, Connection, PimUser

__all__ = [
    "CLIENT_ID_LENGTH",
    "AuditRecord",
    "Authorization",
    "Connection",
    "FailedAuthorization",
    "Invitation",
    "PimUser",
]
