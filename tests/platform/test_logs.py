"""Logs: a line a request and a job, with an id, and never a phone number, a code or a token."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import logs
from hampa.platform.db import db
from tests.page import Page

PHONE = "+989120000001"


class Lines:
    """What was logged since, as it would stand in a file."""

    def __init__(self, stream: StringIO) -> None:
        self.stream = stream

    @property
    def raw(self) -> str:
        return self.stream.getvalue()

    def of(self, message: str) -> list[dict[str, object]]:
        return [line for line in map(json.loads, self.raw.splitlines()) if line["message"] == message]


@pytest.fixture
def lines(app: Flask) -> Iterator[Lines]:
    handler = next(handler for handler in logging.getLogger().handlers if handler.name == "hampa")
    assert isinstance(handler, logging.StreamHandler)
    stream = StringIO()
    before = handler.setStream(stream)
    yield Lines(stream)
    handler.setStream(before)


def test_a_request_has_one_line(page: Page, owner: Person, lines: Lines) -> None:
    page.as_(owner).get("/runs")
    line = lines.of("request")[-1]
    assert line["method"] == "GET"
    assert line["route"] == "/runs"
    assert line["status"] == 200
    assert line["person"] == str(owner.id)
    assert isinstance(line["queries"], int)
    assert line["queries"] > 0
    assert isinstance(line["ms"], float)
    assert isinstance(line["queries_ms"], float)
    assert 0 < line["queries_ms"] < line["ms"]


def test_looking_for_who_asks_costs_no_query(page: Page, lines: Lines) -> None:
    page.client.get("/healthz")
    (line,) = lines.of("request")
    assert line["queries"] == 0
    assert line["person"] is None


def test_an_unknown_path_is_not_written_down(page: Page, lines: Lines) -> None:
    page.client.get(f"/nowhere/{PHONE}?phone={PHONE}")
    (line,) = lines.of("request")
    assert line["route"] is None
    assert line["status"] == 404
    assert PHONE[1:] not in lines.raw


def test_the_request_id_of_the_proxy_is_kept_when_it_is_one(page: Page, lines: Lines) -> None:
    answer = page.client.get("/healthz", headers={"X-Request-ID": "proxy-id.0123"})
    assert answer.headers["X-Request-ID"] == "proxy-id.0123"
    assert lines.of("request")[0]["request_id"] == "proxy-id.0123"


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "two words", '"}{', "é" * 10])
def test_what_is_no_request_id_is_replaced(page: Page, given: str) -> None:
    answer = page.client.get("/healthz", headers={"X-Request-ID": given})
    assert logs.REQUEST_ID.fullmatch(answer.headers["X-Request-ID"])
    assert answer.headers["X-Request-ID"] != given


def test_lines_in_a_request_carry_its_id(app: Flask, lines: Lines) -> None:
    with app.test_request_context(headers={"X-Request-ID": "proxy-id.0123"}):
        app.preprocess_request()
        structlog.get_logger("elsewhere").warning("something odd")
        logging.getLogger("a.library").warning("something %s", "else")
    assert {line["request_id"] for line in lines.of("something odd") + lines.of("something else")} == {"proxy-id.0123"}


def test_a_job_has_one_line(app: Flask, db_session: Session, lines: Lines) -> None:
    db.session.execute(text("SELECT 1"))  # begins the transaction, which costs statements of its own
    with logs.job("runs.tell_changed", job_id="j1"):
        db.session.execute(text("SELECT 1"))
    (line,) = lines.of("job")
    assert (line["job"], line["job_id"], line["outcome"], line["queries"]) == ("runs.tell_changed", "j1", "done", 1)


def test_a_job_that_fails_says_where_without_its_values(app: Flask, lines: Lines) -> None:
    def work() -> None:
        hidden = "a value nobody should read"
        raise LookupError(f"no such thing as {len(hidden)}")

    with pytest.raises(LookupError), logs.job("runs.tell_changed"):
        work()
    (line,) = lines.of("job")
    assert (line["outcome"], line["level"]) == ("failed", "error")
    assert "LookupError: no such thing" in str(line["exception"])
    assert "a value nobody should read" not in lines.raw


def test_a_line_feed_makes_no_second_line(lines: Lines) -> None:
    structlog.get_logger("x").warning("first\n{}", field="second\r\nthird")
    assert len(lines.raw.splitlines()) == 1


@pytest.mark.parametrize(
    "number", [PHONE, "00989120000001", "09120000001", "%2B989120000001", "۰۹۱۲۰۰۰۰۰۰۱", "+12025550123"]
)
def test_phone_numbers_are_masked_wherever_they_stand(number: str, lines: Lines) -> None:
    structlog.get_logger("x").warning(f"SMS to {number}", to=number, more={"list": [f"({number})"]})
    logging.getLogger("a.library").error("duplicate key (phone)=(%s)", number)
    middle = number[-9:-2]
    assert middle not in lines.raw
    assert middle not in json.dumps([json.loads(line) for line in lines.raw.splitlines()], ensure_ascii=False)


def test_codes_and_tokens_are_left_out(lines: Lines) -> None:
    structlog.get_logger("x").warning(
        "the code 480223 (#480223) for ۴۸۰۲۲۳",
        code="48-02",
        csrf_token="tok-1",
        headers={"Cookie": "c=1"},
        api_secret="s",
    )
    (line,) = [json.loads(line) for line in lines.raw.splitlines()]
    assert "480223" not in lines.raw
    assert "۴۸۰۲۲۳" not in str(line)
    assert (line["code"], line["csrf_token"], line["api_secret"]) == (logs.HIDDEN,) * 3
    assert line["headers"] == {"Cookie": logs.HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        "01a1fc77-99b3-7146-8123-123456789012",
        "2026-11-21T04:57:39.238194Z",
        "took 1234.567890 s",
        "5000 rows, 12:34:56",
        "hampa-123456",
    ],
)
def test_what_is_no_number_of_a_person_stays(text: str) -> None:
    assert logs.masked(text) == text


def test_an_error_of_the_database_does_not_tell_what_was_asked(app: Flask, db_session: Session, lines: Lines) -> None:
    with pytest.raises(DBAPIError) as raised:
        db.session.execute(
            text("SELECT 1 / CAST(:nought AS integer), :other"), {"nought": 0, "other": "their own words"}
        )
    assert "their own words" not in str(raised.value)
