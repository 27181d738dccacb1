"""No change without the token of a form of ours, and none that another site asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.house.routes import Row, rows
from tests.sweep import Sweep, parts, writes
from tests.turns import in_turn

MACHINES = "/gateways/"
"""What machines call has no token, but a proof of its own: tests/outbox/test_callbacks.py."""
CHANGING = [row for row in rows() if row.method != "GET" and not row.rule.startswith(MACHINES)]
by_part = pytest.mark.parametrize("listed", parts(CHANGING, 3))
by_turn = pytest.mark.parametrize("listed", in_turn(*([rows] for rows in parts(CHANGING, 3))))

Statements = Callable[[], AbstractContextManager[list[str]]]


@by_part
def test_a_change_without_a_token_is_refused(sweep: Sweep, statements: Statements, listed: list[Row]):
    sweep.sign_in("visitor", "owner")
    for row in listed:
        url, fields = sweep.setting.address(row.rule), sweep.setting.fields(row.fields)
        for viewer in ("visitor", "owner"):
            with sweep.attempt(f"{row.route} for the {viewer}"):
                with statements() as seen:
                    answer = sweep.browser(viewer).post_raw(url, fields, 400)
                assert answer.one("h1").text
                assert not writes(seen)


@by_turn
def test_a_token_of_another_browser_is_refused(sweep: Sweep, listed: list[Row]):
    """As when another site sends its visitor here with a token it got for itself, and a cookie goes along."""
    sweep.sign_in("owner")
    theirs = sweep.page.token_of("b" * 40)
    for row in listed:
        url, fields = sweep.setting.address(row.rule), sweep.setting.fields(row.fields) | {"csrf_token": theirs}
        with sweep.attempt(row.route):
            browser = sweep.browser("owner")
            browser.token()
            browser.post_raw(url, fields, 400)


@by_turn
def test_what_another_site_asks_for_is_refused_even_with_the_right_token(sweep: Sweep, listed: list[Row]):
    sweep.sign_in("owner")
    for row in listed:
        url, fields = sweep.setting.address(row.rule), sweep.setting.fields(row.fields)
        for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            with sweep.attempt(f"{row.route} with {header}"):
                browser = sweep.browser("owner")
                browser.post_raw(url, fields | {"csrf_token": browser.token()}, 400, headers=header)


@by_part
def test_nothing_is_changed_by_looking(sweep: Sweep, statements: Statements, listed: list[Row]):
    """A GET of what is there to be posted to answers 405; of pages with forms `test_routes` sees that they only read."""
    sweep.sign_in("owner")
    shown = {row.rule for row in rows() if row.method == "GET"}
    for row in (row for row in listed if row.rule not in shown):
        url = sweep.setting.address(row.rule)
        with sweep.attempt(row.route):
            with statements() as seen:
                sweep.browser("owner").get(url)
            assert not writes(seen)
