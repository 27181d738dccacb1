"""Whatever is typed into any field or any address, the answer is ours: a page, a refusal, never a 5xx."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from hampa.platform.db import db
from hampa.platform.web.forms import QueryForm
from hampa.platform.web.list_filters import ListFilters
from tests.house.payloads import HOSTILE, MARKUP, UNSTORABLE, shown
from tests.house.routes import rows
from tests.page import Answer, Form, Page
from tests.personas import Setting

HAMPA = Path(__file__).parents[2] / "hampa"
READING = [row.rule for row in rows() if row.method == "GET" and not row.rule.startswith("/dev/")]
ADDRESSED = sorted({row.rule for row in rows() if "<" in row.rule})
VIEWERS = ("visitor", "owner", "companion", "stranger")
COUNTED = re.compile(r"-\d+-")
FEW_FIELDS = 12
"""The fields of longer forms take turns with the values: each by each took minutes."""
NOT_MARKUP = [value for value in (*HOSTILE, *UNSTORABLE) if value not in MARKUP]
GOOD = {
    "title": "Around the lake",
    "place": "Chitgar",
    "starts_on": "2027-01-15",
    "starts_at": "06:00",
    "timezone": "Asia/Tehran",
    "days": "tue",
    "time_of_day": "dawn",
    "distance_km": "8",
    "pace": "5:45",
    "level": "regular",
    "name": "Sara",
    "city": "Tehran",
    "locale": "en",
    "calendar": "gregorian",
    "units": "km",
    "phone": "09121234567",
    "decision": "accept",
    "line": "Shall we?",
}


@pytest.fixture
def undone(connection: Connection) -> Callable[[Callable[[], Answer | TestResponse]], None]:
    """`undone(ask)` asks, sees that we did not stumble, and takes back what the request has changed."""

    def do(ask: Callable[[], Answer | TestResponse]) -> None:
        db.session.commit()
        with connection.begin_nested() as savepoint:
            try:
                answer = ask()
            finally:
                savepoint.rollback()
        response = answer.response if isinstance(answer, Answer) else answer
        assert response.status_code < 500, f"{response.request.path}: {response.request.args}"

    return do


def forms_on(page: Page, setting: Setting, rule: str) -> dict[str, Form]:
    """The forms in the middle of a page, for whoever sees them first, by method and target."""
    found: dict[str, Form] = {}
    for viewer in VIEWERS:
        answer = page.as_(setting.viewer(viewer)).get(setting.address(rule))
        if answer.status == 200 and answer.is_html:
            inside = set(answer.one("main").iter("form"))
            for form in answer.forms:
                if form.element in inside:
                    found.setdefault(f"{form.method} {form.action}", form)
    return found


def values_with(form: Form, **changed: str) -> MultiDict[str, str]:
    """The form filled in well, but for what is changed."""
    values = form.values.copy()
    for name in form.names:
        if not values.get(name) and name in GOOD:
            values[name] = GOOD[name]
    for name, value in changed.items():
        values[name] = value
    return values


def unlike(names: Iterable[str]) -> list[str]:
    """The names of fields, of those that are counted (`pace_groups-0-name`, `-1-name` …) the first alone."""
    first = {COUNTED.sub("-n-", name): name for name in reversed(list(names))}
    return list(first.values())


def send(form: Form, values: MultiDict[str, str]) -> Answer:
    """As a browser does; the page that comes back is looked at."""
    page = form.answer.page
    if form.method == "POST":
        return page.post_raw(form.action, values)
    return page._ask("GET", form.action, None, query_string=values)


def send_unseen(form: Form, values: MultiDict[str, str]) -> TestResponse:
    """Quicker: only the status is looked at."""
    client = form.answer.page.client
    return (
        client.post(form.action, data=values) if form.method == "POST" else client.get(form.action, query_string=values)
    )


@pytest.mark.parametrize("rule", READING)
def test_nothing_typed_into_a_form_makes_us_stumble(page, setting, undone, rule):
    for form in forms_on(page, setting, rule).values():
        for value in MARKUP:
            undone(partial(send, form, values_with(form, **dict.fromkeys(form.names, value))))
        names = unlike(form.names)
        turns = len(names) // FEW_FIELDS + 1
        for turn, value in enumerate(NOT_MARKUP):
            undone(partial(send_unseen, form, values_with(form, **dict.fromkeys(form.names, value))))
            for name in names[turn % turns :: turns]:
                undone(partial(send_unseen, form, values_with(form, **{name: value})))


def test_there_are_forms_to_type_into(page, setting):
    found = {key for rule in READING for key in forms_on(page, setting, rule)}
    assert len(found) >= 12, f"hardly any form was found: {sorted(found)}"


def query_names() -> list[str]:
    """Every name that is looked for in a query string."""
    forms = [*QueryForm.__subclasses__(), *ListFilters.__subclasses__()]
    names = {name for form in forms for name in vars(form) if not name.startswith("_")}
    for path in HAMPA.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="args"), attr="get"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    names.add(name)
    return sorted(names)


@pytest.mark.parametrize("rule", READING)
def test_nothing_in_a_query_string_makes_us_stumble(page, setting, undone, rule):
    names, url, looking = query_names(), setting.address(rule), page.as_(setting.owner)
    assert {"after", "next", "q"} <= set(names)
    for value in MARKUP:
        undone(partial(looking._ask, "GET", url, None, query_string=dict.fromkeys(names, value)))
    for value in NOT_MARKUP:
        query = dict.fromkeys(names, value)
        assert looking.client.get(url, query_string=query).status_code < 500, f"{url} {query}"


@pytest.mark.parametrize("value", [*HOSTILE, *UNSTORABLE], ids=shown)
def test_nothing_in_a_path_makes_us_stumble(page, setting, value):
    looking = page.as_(setting.owner)
    part = value.replace("/", "%2F") or "%20"
    for rule in ADDRESSED:
        before, _, _after = rule.partition("<")
        assert looking.client.get(before + part).status_code in (303, 400, 404, 405), before + part


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "hampa=..; hampa-device=\"'"},
        {"Cookie": "hampa=eyJhIjoxfQ.aaaa.bbbb; remember_token=1|x"},
        {"Cookie": "=; ;;,"},
        {"Accept-Language": 'fa;q=xyz, "*", -;q=9'},
        {"Accept-Language": "x" * 2000},
        {"Accept": "no/thing"},
        {"Accept-Encoding": "gzip;q=x, br;;"},
        {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "<script>", "HX-Current-URL": "javascript:x"},
        {"HX-Request": "yes", "HX-Boosted": "2"},
        {"Content-Type": "application/json"},
        {"Content-Length": "-1"},
        {"Range": "bytes=0-"},
        {"If-None-Match": '"x'},
        {"If-Modified-Since": "yesterday"},
        {"Referer": "http://[::1"},
        {"Origin": "http://[::1"},
        {"Forwarded": ";;="},
        {"X-Forwarded-For": "'"},
        {"User-Agent": "x" * 5000},
        {"Transfer-Encoding": "what"},
        {"X-Request-ID": "x" * 500},
    ],
    ids=str,
)
def test_no_header_makes_us_stumble(page, setting, headers):
    for viewer in ("visitor", "owner"):
        looking = page.as_(setting.viewer(viewer))
        for url in ("/", "/runs", "/login", "/me", f"/runs/{setting.run.id}", "/nowhere"):
            assert looking.client.get(url, headers=headers).status_code < 500
            assert looking.client.post(url, data=b"\xff{[", headers=headers).status_code < 500


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "HEAD", "OPTIONS"])
def test_other_methods_are_answered_in_order(page, setting, method):
    for rule in ("/", "/runs", "/login", "/runs/<uuid:run_id>/join", "/me", "/nowhere"):
        answer = page.as_(setting.owner).client.open(setting.address(rule), method=method)
        assert answer.status_code in (200, 303, 400, 404, 405)
