"""Paths are kept in the process, and no request gets what was built for another."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError

from hampa.platform.web import urls


def test_a_path_is_built_once_and_is_the_same(app: Flask) -> None:
    person_id = uuid.uuid4()
    with app.test_request_context("/"):
        for _ in range(2):
            assert url_for("home.index") == "/"
            assert (
                url_for("run_search.index", q="آب و هوا", page=2)
                == "/runs?q=%D8%A2%D8%A8+%D9%88+%D9%87%D9%88%D8%A7&page=2"
            )
            assert url_for("run_search.index", page=1) == "/runs?page=1"
            assert url_for("run_search.index", page="1") == "/runs?page=1"
            assert url_for("run_search.index", page=True) == "/runs?page=True"
            assert url_for("run_search.index", page=None) == "/runs"
            assert url_for("run_search.index", near=["a", "b"]) == "/runs?near=a&near=b"
            assert url_for("runs.show", run_id=person_id, _anchor="questions") == f"/runs/{person_id}#questions"
            with pytest.raises(BuildError):
                url_for("runs.show")


def test_a_path_is_of_the_root_under_which_the_request_came(app: Flask) -> None:
    for root in ("", "/hampa", ""):
        with app.test_request_context("/", base_url=f"http://localhost{root}"):
            assert url_for("run_search.index") == f"{root}/runs"


def test_a_url_with_a_host_is_of_the_request(app: Flask) -> None:
    for host in ("one.example", "two.example"):
        with app.test_request_context("/", base_url=f"https://{host}"):
            assert url_for("run_search.index", _external=True) == f"https://{host}/runs"


def test_a_path_with_a_long_text_is_not_kept() -> None:
    built: list[str] = []

    def build(endpoint: str, **values: str) -> str:
        built.append(values["next"])
        return f"/{endpoint}"

    small = Flask(__name__)
    small.url_for = build  # type: ignore[assignment,method-assign]
    urls.init_app(small)
    short, long = "/me", "/me?" + "y" * 4_000
    with small.test_request_context("/"):
        for text in (short, short, long, long):
            assert small.url_for("login", next=text) == "/login"
    assert built == [short, long, long]


def test_the_function_of_flask_keeps_paths_too() -> None:
    built: list[str] = []

    def build(endpoint: str, **values: str) -> str:
        built.append(endpoint)
        return f"/{endpoint}"

    small = Flask(__name__)
    small.url_for = build  # type: ignore[assignment,method-assign]
    urls.init_app(small)
    with small.test_request_context("/"):
        for _ in range(2):
            assert url_for("login", page=1) == "/login"
            assert url_for("login", _external=True) == "/login"
            assert url_for(".login") == "/.login"
    assert built == ["login", "login", ".login", "login", ".login"]
