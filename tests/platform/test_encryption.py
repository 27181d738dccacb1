"""What lies sealed in the database tells nothing without the settings."""

from __future__ import annotations

import pytest
from flask import Flask

from hampa.platform.security import crypto


def test_what_was_sealed_is_read_again_for_its_purpose_alone(speaker: Flask) -> None:
    with speaker.app_context():
        sealed = crypto.encrypt("۱۲۳456", "codes")
        assert crypto.decrypt(sealed, "codes") == "۱۲۳456"
        assert b"456" not in sealed
        with pytest.raises(crypto.DecryptionError):
            crypto.decrypt(sealed, "others")


def test_another_secret_key_reads_nothing(speaker: Flask) -> None:
    with speaker.app_context():
        sealed = crypto.encrypt("123456", "codes")
        mine = speaker.extensions["hampa.settings"]
        speaker.extensions["hampa.settings"] = mine.model_copy(update={"secret_key": "b" * 40})
        with pytest.raises(crypto.DecryptionError):
            crypto.decrypt(sealed, "codes")


def test_a_changed_seal_is_refused(speaker: Flask) -> None:
    with speaker.app_context():
        sealed = bytearray(crypto.encrypt("123456", "codes"))
        sealed[20] ^= 1
        with pytest.raises(crypto.DecryptionError):
            crypto.decrypt(bytes(sealed), "codes")
