"""Files are there whole or not at all, under names of our own, until a job deletes them."""

from __future__ import annotations

import io
import secrets
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from hampa.platform import clock, ids, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import storage


@pytest.fixture(autouse=True, params=["disk", "bucket"])
def _kept(request, app, db_session, monkeypatch):
    """Files in a folder or in a bucket of the test's own."""
    if request.param == "bucket":
        server = request.getfixturevalue("s3_server")
        bucket = f"hampa-{secrets.token_hex(6)}"
        httpx.put(f"{server}/{bucket}").raise_for_status()
        given = {"s3_bucket": bucket, "s3_endpoint": server, "s3_key": "key", "s3_secret": "secret"}
        monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update=given))


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
        storage.exists(name)


def test_what_is_kept_can_be_read_replaced_and_deleted():
    storage.put("things/a.txt", b"one")
    storage.put("things/a.txt", io.BytesIO(b"other"))
    assert storage.read("things/a.txt") == b"other"
    assert [name for name, _when in storage.list_folder("things")] == ["a.txt"]
    storage.delete_now("things/a.txt")
    storage.delete_now("things/a.txt")
    assert not storage.exists("things/a.txt")
    storage.put("things/b/c.txt", b"x")
    storage.delete_now("things")
    assert not storage.exists("things/b/c.txt")
    assert storage.list_folder("things") == []


def test_a_file_that_breaks_off_is_never_there():
    class Breaks(io.BytesIO):
        def read(self, *size):
            if self.tell():
                raise ConnectionError("the sender is gone")
            return super().read(4)

    storage.put("whole/a", b"before")
    with pytest.raises(OSError, match="the sender is gone"):
        storage.put("whole/a", Breaks(b"afterwards"))
    assert storage.read("whole/a") == b"before"


def test_what_is_written_bit_by_bit_is_there_once_all_of_it_is():
    with storage.open_for_writing("bits/a") as file:
        file.write(b"one")
        assert not storage.exists("bits/a")
        file.write(b"two")
    assert storage.read("bits/a") == b"onetwo"
    with pytest.raises(ZeroDivisionError), storage.open_for_writing("bits/a") as file:
        file.write(b"three" * (1 // 0))
    assert storage.read("bits/a") == b"onetwo"


def test_a_large_file_is_read_bit_by_bit():
    content = secrets.token_bytes(6_000_000)
    storage.put("large/a", io.BytesIO(content))
    found = storage.open_file("large/a")
    assert (found.size, found.stream.read(10)) == (6_000_000, content[:10])
    assert found.stream.read() == content[10:]
    storage.copy("large/a", "large/b")
    assert storage.read("large/b") == content
    assert abs(found.written_at - clock.now()) < timedelta(minutes=1)
    storage.put("large/a", b"x")
    assert storage.open_file("large/a").tag != found.tag
    with pytest.raises(FileNotFoundError):
        storage.open_file("large/c")
    with pytest.raises(FileNotFoundError):
        storage.copy("large/c", "large/d")


def test_uploads_have_names_that_nobody_chose():
    names = {storage.save_upload(io.BytesIO(b"x")) for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("uploads/") and len(name) == 40 for name in names)
    for name in names:
        storage.delete_now(name)


def test_a_file_is_deleted_once_the_transaction_is_committed_and_not_before(work):
    storage.put("gone/a", b"x")
    with db.session.begin_nested() as savepoint:
        storage.delete_after_commit("gone/a")
        savepoint.rollback()
    work()
    assert storage.exists("gone/a")
    storage.delete_after_commit("gone/a")
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
    assert sorted(name for name, _ in storage.list_folder("things")) == sorted(
        [str(living), "lost-and-found", gone.hex]
    )
