"""Files are there whole or not at all, under names of our own, until a job deletes them."""

from __future__ import annotations

import errno
import io
import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock, ids, jobs, storage
from hampa.platform.db import db


@pytest.fixture(autouse=True)
def _app(db_session):
    """Storage asks the app's settings where its folder is."""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.b",
        "A",
        "a b",
        "a\x00",
        "a\n",
        "ä",
        "x" * 201,
        "a.b.c",
        "~",
        "a\\b",
    ],
)
def test_a_name_that_is_not_ours_is_refused(name):
    with pytest.raises(ValueError, match="not the name"):
        storage.path(name)


def test_what_is_kept_can_be_read_replaced_and_deleted():
    assert storage.put("things/a.txt", b"one") == 3
    assert storage.put("things/a.txt", io.BytesIO(b"other")) == 5
    assert storage.path("things/a.txt").read_bytes() == b"other"
    assert [name for name, _when in storage.listed("things")] == ["a.txt"]
    storage.delete_now("things/a.txt")
    storage.delete_now("things/a.txt")
    assert not storage.exists("things/a.txt")
    storage.put("things/b/c.txt", b"x")
    storage.delete_now("things")
    assert not storage.exists("things/b/c.txt")
    assert list(storage.listed("things")) == []


def test_a_file_that_breaks_off_is_never_there():
    class Breaks(io.BytesIO):
        def read(self, *size):
            if self.tell():
                raise ConnectionError("the sender is gone")
            return super().read(4)

    storage.put("whole/a", b"before")
    with pytest.raises(ConnectionError):
        storage.put("whole/a", Breaks(b"afterwards"))
    assert storage.path("whole/a").read_bytes() == b"before"


def test_a_full_disk_is_said_and_leaves_nothing(monkeypatch):
    def full(_file):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(storage.Full):
        storage.put("full/a", b"x")
    assert list(storage.listed("full")) == []


def test_uploads_have_names_that_nobody_chose():
    names = {storage.keep_upload(io.BytesIO(b"x")) for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("uploads/") and len(name) == 40 for name in names)
    for name in names:
        storage.delete_now(name)


def test_a_file_is_deleted_once_the_transaction_is_committed_and_not_before(work):
    storage.put("gone/a", b"x")
    with db.session.begin_nested() as savepoint:
        storage.forget("gone/a")
        savepoint.rollback()
    work()
    assert storage.exists("gone/a")
    storage.forget("gone/a")
    assert storage.exists("gone/a")
    work()
    assert not storage.exists("gone/a")
    assert db.session.scalars(select(jobs.Job.status).where(jobs.Job.name == "storage.forget")).all() == ["done"]


def test_of_what_is_named_by_an_id_only_what_nobody_knows_is_swept():
    living, gone = ids.new_id(), ids.new_id()
    for name in (str(living), str(gone), "lost-and-found", gone.hex):
        storage.put(f"things/{name}/a.txt", b"one")
    storage.delete_orphans(
        "things", clock.now() + timedelta(days=2), lambda asked: [one for one in asked if one == living]
    )
    assert sorted(name for name, _ in storage.listed("things")) == sorted([str(living), "lost-and-found", gone.hex])
