"""Encryption keys are rotated without losing what they sealed."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import SigningKey
from accounts.storage.sealed import CannotOpen, unseal
from tests.upstream import TOTP, RecoveryCodes


def test_after_resealing_the_old_key_can_be_let_go(alice: User, settings: Any) -> None:
    browser = Browser()
    browser.force_login(alice)
    totp = TOTP.activate(alice, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(alice).generate_codes()
    kid = SigningKey.objects.current().kid
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    settings.ENCRYPTION_KEYS = [new, old]
    assert SigningKey.objects.current().kid == kid
    call_command("reseal", stdout=StringIO())

    settings.ENCRYPTION_KEYS = [new]
    assert SigningKey.objects.current().private_key()
    assert browser.get("/account/").status_code == 200
    totp.refresh_from_db()
    assert unseal(totp.data["secret"], "a test") == "JBSWY3DPEHPK3PXP"
    assert RecoveryCodes.activate(alice).generate_codes() == codes
    settings.ENCRYPTION_KEYS = [old]
    with pytest.raises(CannotOpen):
        SigningKey.objects.current().private_key()
