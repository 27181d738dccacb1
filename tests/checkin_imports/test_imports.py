"""The file of the older version: what is read, what is refused, the preview, and taking it over once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from hampa.checkin_imports import jobs
from hampa.checkin_imports.forms.reading import UnreadableFile, read_file
from hampa.checkin_imports.models import CheckInImport
from hampa.checkins.models import CheckIn
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.checkins import make_check_in
from tests.factories.crews import make_crew
from tests.factories.files import sent

TODAY = date(2026, 12, 2)
WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
GOOD = {"date": "2026-10-05", "productive": 8, "satisfied": 7, "body": 6, "care": 9, "group": "Dawn Patrol"}
PATH = "/me/check-ins/import"


def read(*items, **given):
    return read_file(json.dumps(list(items), **given).encode(), TODAY)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"date": None}, "date"),
        ({"date": "yesterday"}, "date"),
        ({"date": "2026-02-30"}, "date"),
        ({"date": "1403-13-01"}, "date"),
        ({"date": True}, "date"),
        ({"date": 10**18}, "date"),
        ({"date": {"$gt": ""}}, "date"),
        ({"date": "2027-01-01"}, "future"),
        ({"date": "1403-01-01-05-06"}, "date"),
        ({"date": "1999-12-31"}, "old"),
        ({"care": 0}, "care"),
        ({"care": 11}, "care"),
        ({"care": 10**300}, "care"),
        ({"body": 5.5}, "body"),
        ({"body": True}, "body"),
        ({"body": "7" * 100}, "body"),
        ({"productive": None}, "productive"),
        ({"satisfied": [7]}, "satisfied"),
        ({"group": "x" * 101}, "group"),
        ({"group": "bad\u0000name"}, "group"),
        ({"group": "half \ud800"}, "group"),
        ({"group": {}}, "group"),
        ({"note": "x" * 5000}, "note"),
    ],
)
def test_a_bad_row_has_its_reason_and_the_others_are_read(changes, reason):
    result = read(GOOD, {**GOOD, **changes}, GOOD)
    assert [row["row"] for row in result.rows] == [1, 3]
    assert result.bad == [{"row": 2, "reason": reason}]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-10-05", "2026-10-05"),
        ("2026-10-05T21:00:00.000Z", "2026-10-05"),
        (1791234000000, "2026-10-05"),
        ("1405/07/13", "2026-10-05"),
        ("۱۴۰۵-۰۷-۱۳", "2026-10-05"),
    ],
)
def test_dates_as_programs_and_people_write_them(value, day):
    (row,) = read({**GOOD, "date": value, "care": "۹", "body": 6.0}).rows
    assert (row["day"], row["care"], row["body"]) == (day, 9, 6)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"{", "not_json"),
        (b"[" * 200_000, "not_json"),
        (b'{"a":' * 100_000, "not_json"),
        (b"[" + b"9" * 900_000 + b"]", None),
        (b"[NaN, Infinity, -Infinity, 1e999]", None),
        (b"7", "no_list"),
        (b'{"a": {"b": {"c": {"d": []}}}}', "no_list"),
        (b"[]", "empty"),
        (b"[" + b"1," * 1000 + b"1]", "too_many"),
    ],
)
def test_files_that_want_to_do_harm(content, reason):
    if reason is None:
        assert not read_file(content, TODAY).rows
        return
    with pytest.raises(UnreadableFile) as raised:
        read_file(content, TODAY)
    assert raised.value.reason == reason


def test_a_whole_local_storage_is_read_too():
    storage = {"theme": "dark", "groups": '["Dawn Patrol"]', "checkIns": json.dumps([GOOD])}
    assert len(read_file(json.dumps(storage).encode(), TODAY).rows) == 1
    assert len(read_file(json.dumps({"checkins": [GOOD]}).encode(), TODAY).rows) == 1
    many = [{**GOOD, "group": f"Group {number}"} for number in range(22)]
    assert [row["reason"] for row in read(*many).bad] == ["groups", "groups"]


def send(client, items, status=303):
    file = sent(json.dumps(items).encode(), "export.json")
    return client.post(PATH, {"submission": "0" * 32, "file": file}, status)


def stored(person):
    query = select(CheckIn).where(CheckIn.person_id == person.id).order_by(CheckIn.period_from)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def test_a_file_is_looked_at_and_taken_over_once(page, owner, companion):
    with clock.frozen(WEDNESDAY):
        crew = make_crew(owner, companion, name="Dawn Patrol", first_day=6)
        make_check_in(companion, crew)
        member = page.as_(companion)
        rows = [
            GOOD,
            {**GOOD, "date": "2026-10-06", "care": 3},  # the same week
            {**GOOD, "date": "2026-12-01"},  # answered here already
            {**GOOD, "date": "2026-10-13", "group": "Old friends", "note": "<b>rain</b>"},
            {**GOOD, "care": 12},
        ]
        assert "Choose the file first." in member.post(PATH, {}, 422).words
        address = send(member, rows).location
        assert send(member, rows).location == address
        preview = member.get(address, 200)
        assert "2 check-ins can be imported." in preview.words
        assert all(text in preview.words for text in ("“Cares” is not", "same period", "have it already"))
        assert not [one for one in stored(companion) if one.period_from < date(2026, 11, 1)]
        page.as_(owner).get(address, 404)
        page.as_(owner).post(address, {}, 404)
        other = make_crew(owner, name="Not yours")
        member.post(address, {"group_0": str(other.id), "group_1": "none"}, 422)
        # By the other button one looks again, with other crews.
        member.post(address, {"group_0": "none", "group_1": "none", "look": "yes"}, 303)
        assert "3 check-ins can be imported." in member.get(address, 200).words
        chosen = {"group_0": str(crew.id), "group_1": "none"}
        member.post(address, chosen, 303)
        member.post(address, chosen, 303)
        report = member.get(address, 200)
        assert "2 check-ins were imported." in report.words and "“Cares” is not" in report.words
        first, second, _current = stored(companion)
        assert (first.crew_id, first.care, first.sharing, str(first.period_from)) == (
            crew.id,
            3,
            "private",
            "2026-10-03",
        )
        assert (second.crew_id, second.note, second.score) == (None, "<b>rain</b>", 12)
        board = page.as_(owner).get(f"/crews/{crew.id}/check-ins", 200)
        assert "rain" not in board.words
        # The same file again, in other words, takes nothing; what was deleted here can be brought again.
        address = send(member, [*rows, {**GOOD, "care": 12}]).location
        assert "0 check-ins can be imported." in member.get(address, 200).words
        member.post(f"/me/check-ins/{second.id}/delete", {}, 303)
        assert "1 check-in can be imported." in member.get(address, 200).words
    with clock.frozen(datetime(2026, 12, 4, 12, tzinfo=UTC)):
        jobs.delete_old()
        assert len(db.session.scalars(select(CheckInImport)).all()) == 1
