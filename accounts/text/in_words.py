"""Let an exception say why in English, which the log and programs read, and in the language of
whoever reads a page."""

from django.utils.translation import gettext


class InWords(Exception):
    """Hold `words`, marked for translation by gettext_noop, and the `facts` that they name."""

    def __init__(self, words: str = "", **facts: object) -> None:
        super().__init__(words % facts if facts else words)
        self._words, self._facts = words, facts

    @property
    def said(self) -> str:
        """Return why, in the language of whoever reads it."""
        words = gettext(self._words) if self._words else ""
        return words % self._facts if self._facts else words
