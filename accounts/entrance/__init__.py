"""Sign people in and up: pages, mailed codes, passwords, reauthentication."""
