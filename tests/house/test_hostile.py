"""Whatever is typed into any field or any address, the answer is ours: a page, a refusal, never a 5xx, never an echo."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.test import TestResponse

from hampa.people.models import Person
from hampa.platform.web import site
from hampa.platform.web.forms import QueryForm
from hampa.platform.web.list_filters import ListFilters
from hampa.platform.web.paging import encode
from tests.house.payloads import HOSTILE, MARKUP, UNSTORABLE, shown
from tests.house.routes import rows
from tests.page import Answer, Form, Page
from tests.sweep import Sweep, parts
from tests.turns import in_turn

HAMPA = Path(__file__).parents[2] / "hampa"
READING = [row.rule for row in rows() if row.method == "GET" and not row.rule.startswith("/dev/")]
SHOWN = {row.rule: row for row in rows() if row.method == "GET"}
ADDRESSED = sorted({row.rule for row in rows() if "<" in row.rule})
VIEWERS = ("visitor", "owner", "companion", "stranger")
LONG = 50_000
"""Characters in an overfilled form: several times less than it may have, so that many can be sent."""
FIELDS_AT_A_TIME = 8
COUNTED = re.compile(r"-\d+-")
CONTROL = re.compile(r"<(?:input|select|textarea)\b[^>]*>")
NAME = re.compile(r'\bname="([^"]+)"')
FEW_FIELDS = 2
"""The fields of longer forms take turns with the values: each by each took minutes. Commits take turns too."""
SHARES = parts(in_turn(*parts(READING, 5)), 2)
"""The pages whose forms are filled in this time, for two tests: many forms that are read in the same few ways."""
ALL = "all of them"
EVERYWHERE = {"lang", ALL}
"""What every page reads from a query string, to offer itself in another language: one page stands for all."""
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


def try_out(sweep: Sweep, what: str, ask: Callable[[], Answer | TestResponse]) -> str:
    """See that we do not stumble over a request, and take back what it changed. Return the page that was answered."""
    text = ""
    with sweep.attempt(what):
        answer = ask()
        status = answer.status if isinstance(answer, Answer) else answer.status_code
        assert status < 500, status
        if status == 422:
            text = answer.text if isinstance(answer, Answer) else answer.get_data(as_text=True)
    return text


def refused_in(text: str) -> set[str]:
    """Return the names of the fields that are marked as wrong on a page."""
    return {name[1] for tag in CONTROL.findall(text) if 'aria-invalid="true"' in tag and (name := NAME.search(tag))}


def forms_on(sweep: Sweep, rule: str) -> list[Form]:
    """Return the forms in the middle of a page, each as the first of the viewers sees it."""
    found: dict[str, Form] = {}
    url = sweep.setting.address(rule)
    for viewer in [viewer for viewer in VIEWERS if SHOWN[rule].answer_for(viewer) == "200"]:
        with sweep.attempt(f"{rule} for the {viewer}"):
            answer = sweep.browser(viewer).get(url)
            if answer.status == 200 and answer.is_html:
                inside = set(answer.one("main").iter("form"))
                for form in answer.forms:
                    if form.element in inside:
                        found.setdefault(f"{form.method} {form.action}", form)
    return list(found.values())


def values_with(form: Form, **changed: str) -> MultiDict[str, str]:
    """Return the values of a form filled in well, except for the changed ones."""
    values = form.values.copy()
    for name in form.names:
        if not values.get(name) and name in GOOD:
            values[name] = GOOD[name]
    for name, value in changed.items():
        values[name] = value
    return values


def unlike(names: Iterable[str]) -> list[str]:
    """Return the names of fields, and only the first of numbered ones (`pace_groups-0-name`, `-1-name` …)."""
    first = {COUNTED.sub("-n-", name): name for name in reversed(list(names))}
    return list(first.values())


def test_the_fields_that_refuse_a_value_are_found_on_a_page(page: Page, owner: Person):
    refused = page.as_(owner).get("/cards/new").form().submit(status=422)
    named = {field.get("name") for field in refused.all() if field.get("aria-invalid") == "true"}
    assert refused_in(refused.text) == named != set()


def halves(names: list[str]) -> tuple[list[str], list[str]]:
    """Return every other name, and those between them."""
    return names[::2], names[1::2]


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


def type_into(sweep: Sweep, form: Form) -> None:
    """Send a form with each of the values, in all of its fields at once, and alone in some that did not refuse it.

    One without fields, a button alone, is sent once.
    """
    what = f"{form.method} {form.action}"
    if not form.names:
        try_out(sweep, what, partial(send, form, form.values))
        return
    for value in MARKUP:
        filled = values_with(form, **dict.fromkeys(form.names, value))
        try_out(sweep, f"{what} with {shown(value)}", partial(send, form, filled))
    names = unlike(form.names)
    turns = len(names) // FEW_FIELDS + 1
    for turn, value in enumerate(NOT_MARKUP):
        filled = values_with(form, **dict.fromkeys(form.names, value))
        refused = refused_in(try_out(sweep, f"{what} with {shown(value)}", partial(send_unseen, form, filled)))
        for name in in_turn(*halves(names[turn % turns :: turns])):
            if name in refused:
                continue
            filled = values_with(form, **{name: value})
            try_out(sweep, f"{what} with {name}={shown(value)}", partial(send_unseen, form, filled))


def overfill(sweep: Sweep, form: Form) -> None:
    """Send a form with as much in its fields, some at a time, as fits in `LONG`, and see that little of it comes back.

    They are overfilled with a letter that HTML writes with five, with what one field could take for many rows, and by
    names without end, known and unknown.
    """
    names, page = unlike(form.names) or ["x"], form.answer.page
    bodies = [[(name, "1") for _time in range(LONG // 12 // len(names)) for name in (*names, "x")]]
    for start in range(0, len(names), FIELDS_AT_A_TIME):
        some = names[start : start + FIELDS_AT_A_TIME]
        each = LONG // len(some)
        bodies += [[(name, '"' * each) for name in some], [(name, "1,\n" * (each // 3)) for name in some]]
    for pairs in bodies:
        changed = dict(pairs)
        values = MultiDict([*(pair for pair in values_with(form).items(multi=True) if pair[0] not in changed), *pairs])
        with sweep.attempt(f"{form.action} with {pairs[0][1][:3]} and so on in {list(changed)}"):
            answer = page.client.post(form.action, data=values)
            assert answer.status_code < 500, answer.status_code
            grown = len(answer.data) - len(form.answer.text.encode())
            assert grown < 3 * LONG, f"answered by {grown} bytes more than the page has"


@pytest.mark.long
@pytest.mark.parametrize("rules", SHARES, ids=range(len(SHARES)))
def test_nothing_typed_into_a_form_makes_us_stumble(app: Flask, sweep: Sweep, rules: list[str]):
    """Each form is tried once, on the first page that has it, about the first thing that it is for."""
    sweep.sign_in(*VIEWERS)
    routes = app.url_map.bind("localhost")
    tried: set[tuple[str, ...]] = set()
    for rule in rules:
        for form in forms_on(sweep, rule):
            rule_of_it, _values = routes.match(urlsplit(form.action).path, form.method, return_rule=True)
            key = (form.method, rule_of_it.rule, *form.names)
            if key not in tried:
                tried.add(key)
                type_into(sweep, form)
                if form.method == "POST":
                    overfill(sweep, form)
    assert len(tried) >= 5, f"hardly any form was found: {sorted(tried)}"


@cache
def query_names() -> list[str]:
    """Return every name that is looked for in a query string."""
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


@contextmanager
def names_read(app: Flask) -> Iterator[set[str]]:
    """Collect the names that are read from query strings within the block."""
    seen: set[str] = set()

    class Noting(ImmutableMultiDict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            seen.add(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            seen.add(str(key))
            return super().__contains__(key)

        def getlist(self, key: str, *more: Any) -> list[Any]:
            seen.add(key)
            return super().getlist(key, *more)

        def items(self, *more: Any, **options: Any) -> Any:
            seen.add(ALL)
            return super().items(*more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.request_class, "parameter_storage_class", Noting)
        patch.setattr(site, "NO_VALUES", Noting())
        yield seen


def test_what_a_page_reads_from_the_query_string_is_noticed(app: Flask, page: Page):
    with names_read(app) as seen:
        page.get("/login?next=/runs")
    assert "next" in seen
    assert {"after", "next", "q"} <= set(query_names())


@pytest.mark.long
@pytest.mark.parametrize("rules", in_turn(*([rules] for rules in parts(READING, 4))))
def test_nothing_in_a_query_string_makes_us_stumble(app: Flask, sweep: Sweep, rules: list[str]):
    """Where a page reads nothing of its own from it, one value stands for all."""
    sweep.sign_in("owner")
    names = query_names()
    for rule in rules:
        url = sweep.setting.address(rule)
        browser = sweep.browser("owner")
        with names_read(app) as seen:
            query = dict.fromkeys(names, MARKUP[0])
            try_out(sweep, url, partial(browser._ask, "GET", url, None, query_string=query))
        if not seen - EVERYWHERE:
            continue
        for value in MARKUP[1:]:
            query = dict.fromkeys(names, value)
            try_out(sweep, f"{url} {shown(value)}", partial(browser._ask, "GET", url, None, query_string=query))
        for value in in_turn(*parts(NOT_MARKUP, 3)):
            query = dict.fromkeys(names, value)
            try_out(sweep, f"{url} {shown(value)}", partial(browser.client.get, url, query_string=query))


def cursors() -> list[str]:
    """Return cursors whose values no column has, or that PostgreSQL could not compare."""
    some_id = "01900000-0000-7000-8000-000000000000"
    firsts = (2**40, -(2**70), float("nan"), True, "\x00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00")
    return [encode(first, some_id) for first in firsts] + [encode(2**40, some_id, "x"), encode(2**40, 2**40)]


def test_no_cursor_makes_us_stumble(app: Flask, sweep: Sweep):
    sweep.sign_in("owner")
    browser, tried = sweep.browser("owner"), 0
    for rule in in_turn(*parts(READING, 3)):
        url = sweep.setting.address(rule)
        with names_read(app) as seen:
            browser.client.get(url)
        if "after" not in seen:
            continue
        tried += 1
        for cursor in cursors():
            try_out(sweep, f"{url}?after={cursor}", partial(browser.client.get, url, query_string={"after": cursor}))
    assert tried >= 3


@pytest.mark.long
def test_nothing_in_a_path_makes_us_stumble(sweep: Sweep):
    """Where an id is asked for, no view gets to see anything else: one such route stands for all."""
    sweep.sign_in("owner")
    browser = sweep.browser("owner")
    starts = {rule.partition("<")[::2] for rule in ADDRESSED}
    by_id = {before for before, rest in starts if rest.startswith("uuid:")}
    others = {before for before, rest in starts if not rest.startswith("uuid:")}
    assert by_id, "no route takes an id"
    for before in sorted({min(by_id), *others}):
        for value in (*HOSTILE, *UNSTORABLE):
            path = before + (value.replace("/", "%2F") or "%20")
            with sweep.attempt(path):
                assert browser.client.get(path).status_code in (303, 400, 404, 405, 414)


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
