"""No change without the token of a form of ours, and none that another site asks for."""

from __future__ import annotations

import pytest

from hampa.platform.db import db
from tests.house.routes import rows

CHANGING = [row for row in rows() if row.method != "GET"]
by_route = pytest.mark.parametrize("row", CHANGING, ids=lambda row: row.route)


@by_route
def test_a_change_without_a_token_is_refused(page, setting, row):
    for viewer in ("visitor", "owner"):
        looking = page.as_(setting.viewer(viewer))
        answer = looking.post_raw(setting.address(row.rule), setting.fields(row.fields), 400)
        assert answer.one("h1") is not None


@by_route
def test_a_token_of_another_browser_is_refused(page, setting, row):
    """As when another site sends its visitor here with a token it got for itself, and a cookie goes along."""
    theirs = page.as_(None).token_of("b" * 40)
    mine = page.as_(setting.owner)
    mine.token()
    mine.post_raw(setting.address(row.rule), setting.fields(row.fields) | {"csrf_token": theirs}, 400)


@by_route
def test_what_another_site_asks_for_is_refused_even_with_the_right_token(page, setting, row):
    mine = page.as_(setting.owner)
    fields = setting.fields(row.fields) | {"csrf_token": mine.token()}
    mine.post_raw(setting.address(row.rule), fields, 400, headers={"Sec-Fetch-Site": "cross-site"})
    mine.post_raw(setting.address(row.rule), fields, 400, headers={"Origin": "https://evil.example"})


@by_route
def test_nothing_is_changed_by_looking(page, setting, statements, row):
    """A GET of what is there to be posted to answers 405, or only reads."""
    looking, url = page.as_(setting.owner), setting.address(row.rule)
    db.session.flush()
    with statements() as seen:
        looking.get(url)
    assert not [s for s in seen if s.startswith(("INSERT", "DELETE", "UPDATE")) and "sessions" not in s]
