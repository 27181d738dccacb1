"""What people with bad intent send comes to nothing, list by list."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import uuid
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BuildError, RequestRedirect

from hampa.people.models import Person
from hampa.platform.db import db
from tests.house.payloads import (
    GOOD_NAMES,
    HOSTS,
    INVISIBLE,
    LOG_LINES,
    OVERRIDES,
    REDIRECTS,
    STRANGE_NAMES,
    seen,
    shown,
)

SITE = "http://localhost"


def where_a_browser_goes(location: str) -> str:
    """Return the host that a browser opens, as the URL standard (whatwg) reads an address.

    That is without the characters that it drops, and with its backslashes turned.
    """
    plain = location.strip("".join(map(chr, range(33)))).translate({9: None, 10: None, 13: None}).replace("\\", "/")
    return urlsplit(urljoin(f"{SITE}/login", plain)).netloc


def test_the_lists_are_as_long_as_promised():
    assert len(set(REDIRECTS)) >= 60
    assert len(set(HOSTS)) >= 20
    assert len(set(LOG_LINES)) >= 30
    assert len(set(STRANGE_NAMES)) >= 50


@pytest.mark.parametrize("target", REDIRECTS, ids=shown)
def test_signing_in_leads_nowhere_else(page, owner, target):
    looking = page.as_(owner)
    answer = looking._ask("GET", "/login", None, query_string={"next": target})
    if answer.status != 400:
        assert answer.status == 303
        assert where_a_browser_goes(answer.response.headers["Location"]) == "localhost"
    form = page.as_(None)._ask("GET", "/login", None, query_string={"next": target})
    if form.status != 400:
        assert where_a_browser_goes(str(form.form("/login").values["next"])) == "localhost"


@pytest.mark.parametrize("host", HOSTS, ids=shown)
def test_a_made_up_host_is_believed_nowhere(page, setting, host):
    looking = page.as_(setting.owner)
    for url in (
        "/",
        "/login?next=/runs",
        f"/runs/{setting.run.id}",
        f"/runs/{setting.run.id}.ics",
        f"/r/{setting.run.short_code}",
        "/nowhere",
    ):
        answer = looking.get(
            url, headers=Headers({"Host": host, "X-Forwarded-Host": host, "Forwarded": f"host={host}"})
        )
        assert "evil" not in answer.text
        assert "evil" not in answer.response.headers.get("Location", "")


def odd_paths(path: str) -> set[str]:
    """Return spellings of a path from which a server might redirect to a proper one."""
    doubled = {path[:at] + "/" + path[at:] for at, letter in enumerate(path) if letter == "/" and at}
    return doubled | {path + "/", path + "//", path.rstrip("/") or "/"}


@pytest.mark.parametrize("path", ["/static//x", "/static//hampa.css", "/runs//x", "/admin/rq", "/admin//rq/"])
def test_a_misspelt_path_does_not_lead_to_the_host_that_was_named(page, operator, path):
    for browser in (page.as_(None), page.as_(operator)):
        answer = browser.client.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("Location", "")


def test_no_route_redirects_by_itself(app):
    """Werkzeug would, to the host that the request names: from doubled slashes, and from one less at the end."""
    adapter = app.url_map.bind("evil.example")
    paths = set()
    for rule in app.url_map.iter_rules():
        with contextlib.suppress(BuildError, ValueError):  # of numbers and names; their rules have neighbours
            paths |= odd_paths(adapter.build(rule.endpoint, {name: uuid.UUID(int=1) for name in rule.arguments}))
    assert len(paths) > 300
    redirecting = []
    for path in sorted(paths):
        try:
            with contextlib.suppress(NotFound, MethodNotAllowed):
                adapter.match(path, "GET")
        except RequestRedirect as redirect:
            redirecting.append(f"{path} to {redirect.new_url}")
    assert not redirecting


@pytest.fixture
def log_lines(app):
    """Yield a function that returns what was written to the log."""
    written = io.StringIO()
    (own,) = [handler for handler in logging.getLogger().handlers if handler.name == "hampa"]
    stream, own.stream = own.stream, written
    yield written.getvalue
    own.stream = stream


@pytest.mark.parametrize("line", LOG_LINES, ids=shown)
def test_nobody_writes_lines_into_the_log(page, log_lines, line):
    plain = line.encode("ascii", "ignore").decode().translate(dict.fromkeys((0, 10, 13)))
    page.post("/login", {"phone": line, "next": line})
    page._ask(
        "GET",
        "/runs",
        None,
        query_string={"q": line, "after": line},
        headers={"User-Agent": plain, "X-Request-ID": plain},
    )
    page._ask("GET", f"/{plain or 'x'}", None)
    text = log_lines()
    lines = text.split("\n")
    assert lines.pop() == ""
    for one in lines:
        assert json.loads(one)["level"] != "critical"
    assert not set(text) & set("\r\x0b\x0c\x1b\x1c\x07\x08\x85\x9b\u2028\u2029\u202e")


@pytest.mark.parametrize("name", STRANGE_NAMES, ids=shown)
def test_a_name_hides_nothing(page, owner, name):
    form = page.as_(owner).get("/me/profile").form("/me/profile")
    answer = form.fill(name=name).submit()
    kept = db.session.get_one(Person, owner.id, populate_existing=True).name
    assert answer.status in (303, 422)
    assert seen(kept)
    assert not set(kept) & {*OVERRIDES, *INVISIBLE}
    if answer.status == 422:
        assert kept == "Sara Karimi"
        assert answer.error_of("name")


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_names_stay_as_people_write_them(page, owner, name):
    page.as_(owner).get("/me/profile").form("/me/profile").fill(name=name).submit(status=303)
    assert db.session.get_one(Person, owner.id, populate_existing=True).name == name
