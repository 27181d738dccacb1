"""Visitors get a kept page from the shell without Flask, and never one that is of somebody else or of before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, make_response, request
from sqlalchemy.orm import Session

from hampa.platform import pool, versions
from hampa.platform.web import headers
from hampa.platform.web.asgi import FlaskASGI
from hampa.platform.web.page_cache import cache_for_anonymous
from tests.platform.test_shell import converse, part

pytestmark = pytest.mark.usefixtures("remembering")
THING = "kept_answers_of_tests"


@pytest.fixture
def asked() -> list[str]:
    """Return the addresses that Flask is asked for."""
    return []


@pytest.fixture
def shell(app: Flask, asked: list[str]) -> Iterator[FlaskASGI]:
    site = Flask("site")
    site.config["SESSION_COOKIE_NAME"] = app.config["SESSION_COOKIE_NAME"]
    site.login_manager = app.login_manager  # type: ignore[attr-defined]
    site.extensions.update({name: value for name, value in app.extensions.items() if name != "hampa.page_cache"})

    @site.get("/thing")
    @cache_for_anonymous(THING, query_names=frozenset({"q"}))
    def thing() -> Any:
        return make_response("<p>a thing</p>")

    @site.get("/other")
    def other() -> str:
        return "<p>another</p>"

    @site.before_request
    def note() -> None:
        asked.append(request.full_path)

    @site.after_request
    def finish(answer: Any) -> Any:
        answer = headers.add_headers(make_response(answer))
        answer.headers["X-Request-ID"] = f"flask{len(asked)}"
        if "lang" in request.args:
            answer.set_cookie("lang", "en")
        return answer

    shell = FlaskASGI(site, threads=1, per_client=8)
    yield shell
    shell.close()


def get(shell: FlaskASGI, path: str = "/thing", query: str = "", **given: str) -> tuple[dict[bytes, bytes], bytes]:
    """Return the headers and the body of an answer."""
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "http_version": "1.1",
        "headers": [(b"host", b"localhost"), *sent],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    start, *parts = converse(shell, scope, part(b"", False))
    assert start["status"] == 200
    return dict(start["headers"]), b"".join(each.get("body", b"") for each in parts)


def test_a_page_that_many_open_is_asked_for_once(shell: FlaskASGI, asked: list[str]) -> None:
    first, body = get(shell)
    second, again = get(shell)
    assert (body, len(asked)) == (again, 1)
    assert {**second, b"x-request-id": b""} == {**first, b"x-request-id": b""}
    assert second[b"x-request-id"] != first[b"x-request-id"]
    assert get(shell, x_request_id="given-by-proxy")[0][b"x-request-id"] == b"given-by-proxy"


def test_visitors_read_on_while_a_thread_waits_for_a_database(
    shell: FlaskASGI, asked: list[str], db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(shell)
    (kept,) = shell._kept._answers.values()
    late = replace(kept, page=replace(kept.page, until=kept.page.until - 30))
    for key in list(shell._kept._answers):
        shell._kept._answers[key] = late
    monkeypatch.setattr(pool, "_waiting", {1})
    get(shell)
    assert len(asked) == 1
    versions.bump(THING)
    db_session.commit()
    get(shell)
    assert len(asked) == 2, "what has changed is never shown as it was"
    shell._kept._answers[next(iter(shell._kept._answers))] = late
    monkeypatch.setattr(pool, "_waiting", set())
    get(shell)
    assert len(asked) == 3, "nobody waits: the page is asked for as always"


def test_a_change_is_seen_at_once(shell: FlaskASGI, asked: list[str], db_session: Session) -> None:
    get(shell)
    versions.bump(THING)
    db_session.commit()
    get(shell)
    get(shell)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"accept_language": "fa"},
        {"accept_encoding": "gzip"},
        {"cookie": "tz=Asia/Tehran"},
        {"hx_request": "true", "hx_request_type": "partial"},
        {"host": "other.example"},
        {"x_forwarded_proto": "https"},
    ],
)
def test_each_kind_of_browser_has_an_answer_of_its_own(
    shell: FlaskASGI, asked: list[str], given: dict[str, str]
) -> None:
    for _time in range(3):
        get(shell)
        get(shell, **given)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("", {"cookie": "a=1; SESSION=secret"}),
        ("", {"authorization": "Bearer x"}),
        ("", {"if_none_match": '"x"'}),
        ("lang=en", {}),
        ("odd=1", {}),
    ],
)
def test_what_is_of_one_browser_or_odd_is_asked_for_each_time(
    app: Flask, shell: FlaskASGI, asked: list[str], query: str, given: dict[str, str]
) -> None:
    given = {name: value.replace("SESSION", app.config["SESSION_COOKIE_NAME"]) for name, value in given.items()}
    for _time in range(3):
        get(shell, query=query, **given)
    assert len(asked) == 3


def test_pages_that_are_not_the_same_for_all_are_asked_for_each_time(shell: FlaskASGI, asked: list[str]) -> None:
    get(shell, "/other")
    get(shell, "/other")
    assert len(asked) == 2


def test_without_versions_nothing_is_kept(shell: FlaskASGI, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    get(shell)
    monkeypatch.setattr(versions, "current_of", lambda _names: None)
    get(shell)
    assert len(asked) == 2
