"""Load the site, in whichever process."""

import gc
import os

import django


def load() -> None:
    """Set Django up by our settings, without looking for garbage: a sixtieth of what that makes is.

    To look through it, time and again while it grows and once more as the process ends, takes a
    third of the time that there is between the two.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    gc.disable()
    try:
        django.setup()
    finally:
        gc.freeze()
        gc.enable()
