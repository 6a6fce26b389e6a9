"""The signals of connections that may cross upwards."""

from django.dispatch import Signal

# Sent in the transaction that stores the token. Arguments: connection, reconnected (whether it was
# disconnected before, there or here: what the PIM has of our catalogs may be gone).
connection_authorized = Signal()
# Sent in the transaction that marks the connection disconnected. Arguments: connection.
connection_lost = Signal()
