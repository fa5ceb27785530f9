"""What all pages of Django admin have in common: who reaches which rows in them."""
