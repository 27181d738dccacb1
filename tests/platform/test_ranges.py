"""Parts of files, as the header Range asks for them."""

from __future__ import annotations

import pytest

from hampa.platform.web.assets import STATIC
from tests.factories.kept_files import make_stored_file
from tests.factories.training import make_plan

PICTURE = "/static/img/icon.svg"
WHOLE = (STATIC / "img" / "icon.svg").read_bytes()
SIZE = len(WHOLE)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=90-", 90, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("BYTES= 7-7 ", 7, 7),
        ("bytes=98-500000", 98, SIZE - 1),
    ],
)
def test_one_range_is_answered_with_it(app, asked, first, last):
    with app.test_client().get(PICTURE, headers={"Range": asked}) as answer:
        assert (answer.status_code, answer.data) == (206, WHOLE[first : last + 1])
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 9}", "bytes=99999999-", "bytes=-0"])
def test_a_range_without_a_byte_of_the_file_is_refused_with_its_length(app, asked):
    answer = app.test_client().get(PICTURE, headers={"Range": asked, "Accept-Language": "en"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "There is no such part" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5", "bytes=0-1, 999999-", "bytes=-5000000", "lines=0-9", "bytes=9-0", "bytes=a-b", "bytes=1",
        "bytes=", "bytes", "=0-1", "bytes=--5", "bytes=5--", "bytes=+1-2", "bytes=\u0661-\u0662", "bytes=" + "9" * 40 + "-",
    ],
)  # fmt: skip
def test_what_is_no_single_range_of_bytes_is_ignored(app, asked):
    with app.test_client().get(PICTURE, headers={"Range": asked}) as answer:
        assert (answer.status_code, answer.data) == (200, WHOLE)
        assert "Content-Range" not in answer.headers


def test_only_reading_is_done_in_part(app):
    with app.test_client().head(PICTURE, headers={"Range": "bytes=0-9"}) as answer:
        assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(SIZE))


def test_a_file_that_has_changed_is_answered_whole(app):
    with app.test_client().get(PICTURE, headers={"Range": f"bytes={SIZE}-", "If-Range": '"another"'}) as answer:
        assert (answer.status_code, answer.data) == (200, WHOLE)


def test_programs_get_parts_and_refusals_too(program, owner):
    file = make_stored_file(owner, make_plan(owner), b"0123456789")
    mine = program.as_(owner)
    path = f"/files/{file.id}/content"
    part = mine.get(path, 206, headers={"Range": "bytes=2-4"})
    assert part.response.data == b"234"
    refused = mine.get(path, 416, headers={"Range": "bytes=10-"})
    assert refused.headers["Content-Range"] == "bytes */10"
    assert refused.error["code"] == "VALIDATION_ERROR"
    assert mine.get(path, 200, headers={"Range": "bytes=0-1,3-4"}).response.data == b"0123456789"
