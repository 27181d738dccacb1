"""What processes share in Redis: found by another one, never by another key, never of somebody else's making, and bounded."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import caches, shared_cache
from hampa.platform.config import settings
from hampa.platform.redis import redis
from hampa.platform.shared_cache import HIT, MISS, SHARED, SharedCache, UnknownKind, text_of
from hampa.run_search.queries import listing as runs
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.page import Page
from tests.without_redis import redis_away

pytestmark = pytest.mark.usefixtures("remembering")
BLOCK = "/people/{id}/block"


@dataclass(frozen=True)
class Point:
    x: int
    name: str = ""


def reads(name: str) -> dict[str, int]:
    return {result: number for (cache, result), number in caches.counted_reads().items() if cache == name}


def another(cache: SharedCache[Any, Any]) -> SharedCache[Any, Any]:
    """Return the cache as another process has it, which has read nothing yet."""
    return SharedCache(cache._name, 10, seconds=cache._seconds)


def test_what_one_process_made_another_finds_until_its_end(db_session: Session) -> None:
    mine: SharedCache[Any, Any] = SharedCache("test", 10, seconds=5)
    before = reads("test")
    until = mine.keep(("a", Point(1)), {"text": "<b>" * 2_000, "at": datetime(2026, 1, 1, tzinfo=UTC)})
    theirs = another(mine)
    found = theirs.find(("a", Point(1)))
    assert found is not None and found[0]["text"].startswith("<b>")
    assert found[1] <= until + 0.1, "it does not last longer there"
    assert theirs.get(("a", Point(1))) == found[0]
    assert theirs.get(("a", Point(2))) is None and theirs.get(("a", "Point(1)")) is None
    more = {result: number - before.get(result, 0) for result, number in reads("test").items()}
    assert more == {SHARED: 1, HIT: 1, MISS: 2}
    [name] = redis().keys("*shared:test*")
    assert 0 < redis().pttl(name) <= 5_000


def test_what_somebody_else_wrote_or_moved_is_not_taken(db_session: Session) -> None:
    mine: SharedCache[Any, Any] = SharedCache("test", 10)
    mine["a"], mine["b"] = "mine", "yours"
    first, other = sorted(redis().keys("*shared:test*"))
    content = redis().get(first)
    assert content is not None and b"mine" not in content and b"yours" not in content, "nobody reads it in Redis"
    redis().set(other, content, px=5_000)
    redis().set(first, content[:-1] + bytes([content[-1] ^ 1]), px=5_000)
    assert another(mine).get("a") is None and another(mine).get("b") is None
    redis().set(first, b"x", px=5_000)
    assert another(mine).get("a") is None


def test_another_version_of_the_code_shares_nothing(app: Flask, db_session: Session, monkeypatch) -> None:
    mine: SharedCache[Any, Any] = SharedCache("test", 10)
    mine["a"] = 1
    monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update={"release": "2.0"}))
    assert another(mine).get("a") is None


def test_keys_that_differ_have_texts_that_differ_and_odd_ones_have_none() -> None:
    moment, one = datetime(2026, 1, 2, tzinfo=UTC), uuid.uuid4()
    keys = [
        *(None, "", "None", 0, 1, True, "1", b"1", 1.0, Decimal(1), one, str(one), moment, date(2026, 1, 2)),
        *((), ("",), ("a", "b"), ("a,b",), ("a", ("b",)), (("a",), "b"), ("a'b",), ["a"], frozenset(), frozenset("a")),
        *({"a": "b"}, {"ab": ""}, Point(1), Point(1, "x"), (Point(1), "x"), "Point(1)"),
    ]
    texts = [text_of(key) for key in keys]
    same = {("a",): ["a"]}
    assert len(set(texts)) == len(texts), [key for key in keys if texts.count(text_of(key)) > 1]
    assert all(text_of(first) == text_of(second) for first, second in same.items())
    assert text_of(frozenset(("a", "b", "c"))) == text_of(frozenset(("c", "b", "a")))
    for odd in (object(), Person(), lambda: 1, Point):
        with pytest.raises(UnknownKind):
            text_of((1, odd))


def test_what_is_large_or_odd_stays_here_and_redis_holds_a_bounded_number_of_bytes(
    db_session: Session, app: Flask, monkeypatch
) -> None:
    monkeypatch.setattr(shared_cache, "BYTES_A_TURN", 3_000)
    monkeypatch.setitem(app.extensions, "hampa.shared_cache", shared_cache._Budget())
    mine: SharedCache[Any, Any] = SharedCache("test", 200)
    mine["odd"], mine["odd key", object()] = (lambda: 1), 1
    mine["long"] = random_text = "".join(uuid.uuid4().hex for _one in range(15_000))
    assert not redis().keys("*shared:test*") and mine.get("long") == random_text
    for number in range(100):
        mine["x" * 50, number] = uuid.uuid4().hex * 2
    held = redis().keys("*shared:test*")
    assert 10 < len(held) < 40 and mine.get(("x" * 50, 99)) is not None
    assert sum(len(redis().get(name) or b"") for name in held) <= 3_000


def test_without_redis_there_is_the_memory_alone(app: Flask, db_session: Session) -> None:
    with redis_away(app):
        mine: SharedCache[Any, Any] = SharedCache("test", 10)
        mine["a"] = 1
        assert mine.get("a") == 1 and another(mine).get("a") is None


def test_another_process_shows_the_same_lists_at_once_after_a_change_and_never_who_is_blocked(
    page: Page, app: Flask, owner: Person, stranger: Person, companion: Person, statements
) -> None:
    """The lists of runs and cards, and pages of visitors: made by one process, found by another, until something changes."""
    run = make_run(owner, title="Dawn by the lake")
    mina, reza = page.as_(stranger), page.as_(companion)
    mina.post(BLOCK.format(id=owner.id), {}, 303)

    def another_process() -> None:
        """Forget all that this process keeps."""
        for cache in (runs._first_pages, app.extensions["hampa.shared_parts"], app.extensions.get("hampa.page_cache")):
            if cache is not None:
                cache.clear()

    for browser in (page, reza):
        browser.get("/runs", 200)
        another_process()
        before = {name: reads(name).get(SHARED, 0) for name in ("pages", "runs", "fragments")}
        with statements() as seen:
            shown = browser.get("/runs", 200)
        assert "Dawn by the lake" in shown.words
        assert not [one for one in seen if "FROM runs" in one and "starts_at >=" in one], "the list was found in Redis"
        shared = {name for name, number in before.items() if reads(name).get(SHARED, 0) > number}
        assert shared == ({"pages"} if browser is page else {"runs", "fragments"})
        assert "Dawn by the lake" not in mina.get("/runs", 200).words
    page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": "ice"}, 303)
    another_process()
    for browser in (page, reza, mina):
        assert "Dawn by the lake" not in browser.get("/runs", 200).words
    assert make_person(name="x").id
    found = page.client.get("/metrics").get_data(as_text=True)
    for result in (HIT, SHARED, MISS):
        assert f'hampa_cache_reads_total{{cache="runs",result="{result}"}}' in found
