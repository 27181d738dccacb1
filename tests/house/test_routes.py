"""Every route says who may come in, stands in the table, and gives each viewer what the table says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.audit.models import AuditEntry
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.web.permissions import public
from tests.belongings import give_things
from tests.house.routes import VIEWERS, Row, differences, routes_of, rows, unmarked
from tests.page import Answer
from tests.sweep import Sweep, parts, writes
from tests.turns import in_turn

LISTED = rows()
CHANGING = {row.rule for row in LISTED if row.method != "GET"}
WITH_HTMX = in_turn(["visitor", "owner"], ["companion"], ["stranger", "operator"])
"""Who asks for the fragment of each page, too."""


Statements = Callable[[], AbstractContextManager[list[str]]]


def kind(answer: Answer) -> str:
    """Return an answer in the words of the table."""
    if answer.status == 303 and answer.location.split("?")[0] == "/login":
        return "login"
    return str(answer.status)


def test_every_route_says_who_may_come_in(app):
    assert not (found := unmarked(app)), "\n".join(found)


def test_the_table_has_every_route_and_no_other(app):
    assert not (found := differences(app, LISTED)), "\n".join(found)


@pytest.mark.parametrize("listed", parts([row for row in LISTED if row.method == "GET"], 6))
def test_each_viewer_sees_what_is_theirs(sweep: Sweep, statements: Statements, listed: list[Row]):
    """Where there is a form, to look at it changes nothing."""
    give_things(sweep.setting.stranger)
    sweep.sign_in(*VIEWERS)
    for row in listed:
        url = sweep.setting.address(row.rule)
        for viewer in VIEWERS:
            with sweep.attempt(f"{row.route} for the {viewer}"):
                browser = sweep.browser(viewer)
                looks_alone = viewer == "owner" and row.rule in CHANGING
                with clock.frozen(clock.now()):
                    with statements() if looks_alone else nullcontext([]) as seen:
                        answer = browser.get(url)
                    assert not writes(seen)
                    assert kind(answer) == row.answer_for(viewer)
                    if viewer in WITH_HTMX and answer.status == 200 and answer.is_html:
                        browser.htmx.get(url, 200, whole=answer)


@pytest.mark.parametrize("listed", parts([row for row in LISTED if row.method != "GET"], 6))
def test_each_viewer_does_what_is_theirs(sweep: Sweep, listed: list[Row]):
    give_things(sweep.setting.stranger)
    sweep.sign_in(*VIEWERS)
    for row in listed:
        url, fields = sweep.setting.address(row.rule), sweep.setting.fields(row.fields)
        for viewer in VIEWERS:
            with sweep.attempt(f"{row.route} for the {viewer}"):
                is_audited = viewer == "operator" and row.rule.startswith("/admin/")
                entries = audit_entries() if is_audited else 0
                assert kind(sweep.browser(viewer).post(url, fields)) == row.answer_for(viewer)
                if is_audited:
                    assert row.answer_for(viewer) in ("200", "303"), "give it fields with which it is done"
                    assert audit_entries() > entries, "call record_audit in its transaction"


def audit_entries() -> int:
    return db.session.scalars(select(func.count()).select_from(AuditEntry)).one()


def test_a_route_without_a_mark_or_a_line_is_found():
    small = Flask("small")

    @small.get("/open")
    @public
    def fine() -> str:
        return ""

    @small.get("/forgotten")
    def forgotten() -> str:
        return ""

    table = rows("# a comment\nGET /open 200 200 200 200 200\nPOST /gone login 404 404 303 404 a=b&c=d\n")
    assert [fault.split(":")[0] for fault in unmarked(small)] == ["/forgotten"]
    assert differences(small, table) == ["GET /forgotten: no line in matrix.txt", "POST /gone: promised, and gone"]
    assert set(routes_of(small)) >= {"GET /open", "GET /forgotten"}
    with pytest.raises(ValueError, match="five answers"):
        rows("GET /open 200 200")
