"""Share what all pages of Django admin have in common: who reaches which rows, and a proof of the
last minutes before anything changes."""
