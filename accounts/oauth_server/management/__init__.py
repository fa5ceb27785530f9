"""Commands of manage.py about clients and signing keys."""
