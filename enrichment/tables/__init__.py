"""Files with values, read row by row: CSV, XLSX and JSON Lines."""

from enrichment.tables.base import Cell, Row, Table, Unreadable, is_empty
from enrichment.tables.opening import open_table

__all__ = ["Cell", "Row", "Table", "Unreadable", "is_empty", "open_table"]
