"""What holds of files on disk alone, and of a bucket that is away."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from unittest.mock import Mock

import pytest
from obstore.exceptions import BaseError, GenericError

from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.media import storage

pytestmark = pytest.mark.usefixtures("db_session")

FULL_DISK = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)"


@pytest.mark.parametrize("error", [GenericError(FULL_DISK), OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))])
def test_a_full_disk_is_said_and_leaves_nothing(monkeypatch, error):
    def full(*_given):
        raise error

    monkeypatch.setattr(storage, "_store", lambda: Mock(put=full))
    with pytest.raises(storage.StorageFull):
        storage.put("full/a", b"x")
    with pytest.raises(storage.StorageFull), storage.open_for_writing("full/a"):
        raise OSError(errno.ENOSPC, "no space left on device")


def test_only_the_account_of_the_site_reads_the_files():
    storage.put("secret/a", b"x")
    assert (settings().home / "files").stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_half_written_is_swept():
    storage.put("uploads/abc", b"x")
    folder = settings().home / "files" / "uploads"
    for name in ("def#1", "ghi#2"):
        (folder / name).write_bytes(b"half of it")
    long_ago = (clock.now() - timedelta(days=3)).timestamp()
    os.utime(folder / "def#1", (long_ago, long_ago))
    os.utime(folder / "abc", (long_ago, long_ago))
    assert [name for name, _ in storage.list_folder("uploads")] == ["abc"]
    storage.sweep()
    assert sorted(path.name for path in folder.iterdir()) == ["abc", "ghi#2"]


def test_folders_go_with_their_last_file():
    storage.put("things/a/b.txt", b"x")
    storage.delete_now("things/a/b.txt")
    assert not (settings().home / "files" / "things").exists()


def test_a_bucket_that_is_away_is_told_apart_from_a_missing_file(app, monkeypatch):
    away = {"s3_bucket": "away", "s3_endpoint": "http://127.0.0.1:1", "s3_key": "key", "s3_secret": "secret"}
    monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update=away))
    with pytest.raises(BaseError):
        storage.exists("things/a")
