"""The signal by which rooms above hear that what calls for a person has changed."""

from django.dispatch import Signal

# Sent in the transaction in which the values of a PIM come to wait for approval, are decided, or
# the writing of them ends or stops. Arguments: connection.
offers_changed = Signal()
