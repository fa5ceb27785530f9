"""Load, before the workers are forked, what each of them would load: they share that memory then.

A page of memory that one process has written to is its own from then on. So nothing that stays is
left to be made later, and the garbage collector, which writes to all that it looks at, is kept away
from it.
"""

import gc
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils import translation


def warm() -> None:
    """Load the addresses, the catalogues and the templates, and have them kept as they are."""
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("account_login")
    _load_templates()
    gc.collect()
    gc.freeze()


def _load_templates() -> None:
    engine = engines["django"]
    for folder in engine.dirs:
        for file in Path(folder).rglob("*.*"):
            engine.get_template(str(file.relative_to(folder)))
