"""Commands of manage.py about people, third parties and what has ended."""
