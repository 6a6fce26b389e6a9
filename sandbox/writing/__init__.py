"""What apps may write, and what the PIM makes of it (pim-contract.md 3.4, 3.5)."""
