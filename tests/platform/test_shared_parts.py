"""Parts of pages that many viewers see alike: rendered once, never with anything of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_wtf.csrf import generate_csrf
from jinja2 import DictLoader
from sqlalchemy.orm import Session

from hampa.platform import versions
from hampa.platform.locale import i18n
from hampa.platform.redis import redis
from hampa.platform.web.parts import part as kept_by_values
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import shared_part
from tests.without_redis import redis_away

pytestmark = pytest.mark.usefixtures("remembering")


@pytest.fixture
def part(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Yield how often the part was rendered."""
    loader = DictLoader(
        {
            "part.html": "{{ get_locale_code() }} {{ n }}",
            "form.html": "{{ csrf_token() }} {{ new_submission() }} {{ new_submission() }}",
            "outer.html": "{{ part('form.html') }}",
            "who.html": "{{ me() }}",
        }
    )
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    app.jinja_env.cache.clear()
    app.extensions["hampa.shared_parts"].clear()
    app.extensions["hampa.parts"].clear()
    with app.app_context():
        for name in redis().keys("*shared:*"):
            redis().delete(name)
    yield (rendered := [])
    app.jinja_env.cache.clear()
    del rendered


def values(rendered: list[int]) -> dict[str, Any]:
    rendered.append(len(rendered))
    return {"n": len(rendered)}


def test_a_part_is_rendered_once_for_a_key_a_language_and_a_version(
    app: Flask, db_session: Session, part: list[int]
) -> None:
    def shown(key: str = "one") -> str:
        return str(shared_part("part.html", ["things"], (key,), lambda: values(part)))

    with app.test_request_context("/"):
        assert shown() == shown() == "fa 1"
        assert shown("other") == "fa 2"
        with i18n.use_locale("en"):
            assert shown() == "en 3"
        versions.bump("things")
        db_session.commit()
        assert shown() == "fa 4"


def test_without_a_key_or_without_redis_nothing_is_kept(app: Flask, db_session: Session, part: list[int]) -> None:
    with app.test_request_context("/"):
        assert shared_part("part.html", ["things"], None, lambda: values(part)) == "fa 1"
        assert shared_part("part.html", ["things"], None, lambda: values(part)) == "fa 2"

        versions.bump("things")
        db_session.commit()  # Redis has a version, which must not be found either
    with app.test_request_context("/"), redis_away(app):
        assert shared_part("part.html", ["things"], ("one",), lambda: values(part)) == "fa 3"
        assert shared_part("part.html", ["things"], ("one",), lambda: values(part)) == "fa 4"


def test_a_part_cannot_ask_who_looks(app: Flask, part: list[int]) -> None:
    with app.test_request_context("/"), pytest.raises(RuntimeError, match="who looks"):
        shared_part("part.html", ["things"], ("one",), lambda: {"n": me()})


def test_the_forms_of_a_part_get_the_token_and_the_id_of_each_reader(app: Flask, part: list[int]) -> None:
    shown = []
    for _reader in range(2):
        with app.test_request_context("/"):
            shown.append(kept_by_values("form.html").split())
            assert shown[-1][0] == generate_csrf()
            assert shared_part("form.html", [], None, dict).split()[0] == generate_csrf()
    assert len(app.extensions["hampa.parts"]) == 1
    assert shown[0][0] != shown[1][0]
    assert len({one for text in shown for one in text[1:]}) == 4


def test_a_part_cannot_have_the_token_of_one_reader(app: Flask, part: list[int]) -> None:
    with app.test_request_context("/"), pytest.raises(RuntimeError, match="token"):
        shared_part("part.html", ["things"], ("one",), lambda: {"n": generate_csrf()})


def test_a_part_is_kept_by_its_values(app: Flask, part: list[int]) -> None:
    with app.test_request_context("/"):
        assert kept_by_values("part.html", n=1) == "fa 1"
        assert kept_by_values("part.html", n=1) is kept_by_values("part.html", n=1)
        assert kept_by_values("part.html", n=2) == "fa 2"
        with i18n.use_locale("en"):
            assert kept_by_values("part.html", n=1) == "en 1"
        with pytest.raises(TypeError):
            kept_by_values("part.html", n=[1])


def test_a_part_in_a_part_leaves_its_token_to_the_outer_one(app: Flask, part: list[int]) -> None:
    for _reader in range(2):
        with app.test_request_context("/"):
            assert kept_by_values("outer.html").split()[0] == generate_csrf()


def test_a_part_that_is_kept_by_its_values_cannot_ask_who_looks(app: Flask, part: list[int]) -> None:
    with app.test_request_context("/"), pytest.raises(RuntimeError, match="who looks"):
        kept_by_values("who.html")
