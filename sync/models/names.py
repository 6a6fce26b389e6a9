"""What the migrations of this room take from here; its home is `connections.names`."""

from connections.names import InByteOrder

__all__ = ["InByteOrder"]
