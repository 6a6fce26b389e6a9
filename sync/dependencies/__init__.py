"""What products refer to in the PIM, and whose change moves no product's date (decision 22)."""
