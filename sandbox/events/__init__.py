"""Akeneo's Event Platform, which tells apps what changes in the PIM (pim-contract.md 4.2)."""
