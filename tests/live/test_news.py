"""The bells and toasts that a page asks for when it hears of a notification; what it carries for that."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask

from hampa.cards.queries.interests import companions_of, may_see_online, online_companions, register_contact
from hampa.live.queries import LATEST, MOST_TOASTS
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live.events import Event, log
from hampa.platform.live.presence import connections_key
from hampa.platform.redis import key, redis
from tests.factories.cards import make_companions
from tests.factories.notifications import make_notification
from tests.factories.people import make_person
from tests.page import Answer, Page

NEWS = "/live/news?section=home&here=/"


def fragment(page: Page, person: Person, url: str = NEWS) -> Answer:
    """Return the answer as htmx gets it; it is a part of no page."""
    return page.as_(person).htmx._ask("GET", url, 200)


def test_a_page_gets_its_bells_and_the_newest_toasts(page: Page, owner: Person, stranger: Person) -> None:
    now = clock.now()
    with clock.frozen(now):
        for nth in range(MOST_TOASTS + 2):
            make_notification(owner, created_at=now - timedelta(seconds=nth))
        make_notification(owner, created_at=now - LATEST)
        make_notification(owner, created_at=now, read_at=now)
        make_notification(stranger, created_at=now)
        db.session.commit()
        answer = fragment(page, owner)
    assert answer.status == 200
    assert f'aria-label="{MOST_TOASTS + 3} new notifications"' in answer.text
    assert answer.text.count('class="toast toast-notice"') == MOST_TOASTS
    assert all(f'id="{place}"' in answer.text for place in ("bell", "bottom", "fresh"))


def test_on_the_page_of_notifications_the_list_tells_of_a_new_one(page: Page, owner: Person) -> None:
    make_notification(owner)
    db.session.commit()
    answer = fragment(page, owner, "/live/news?section=notifications&here=/notifications")
    assert 'class="toast' not in answer.text
    assert 'aria-label="1 new notification"' in answer.text
    attributes = page.as_(owner).get("/notifications", 200).one("div", id="news-list")
    assert (attributes.get("data-live"), attributes.get("data-hx-get")) == ("me notices", "/notifications")


def test_without_htmx_it_is_the_page_of_notifications(page: Page, owner: Person) -> None:
    assert page.as_(owner).get(NEWS, 303).location == "/notifications"
    page.get(NEWS, 303)


def test_a_place_is_a_word_of_the_layout_and_nothing_else(page: Page, owner: Person) -> None:
    for typed in ('"><script>', "x" * 500, "/../.."):
        answer = fragment(page, owner, f"/live/news?{urlencode({'section': typed, 'here': typed})}")
        assert "script" not in answer.text
        assert "xxx" not in answer.text


def test_a_page_of_somebody_says_where_its_events_begin_and_a_visitors_has_no_stream(
    page: Page, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "position", (1_700_000_000_000, 7))
    monkeypatch.setattr(log, "begins", (0, 0))
    body = page.as_(owner).get("/runs", 200).one("body")
    assert (body.get("data-stream"), body.get("data-stream-after")) == ("/live", "1700000000000-7")
    assert page.get("/runs", 200).one("body").get("data-stream") is None


def online(*people_online: Person) -> None:
    """Have people have a page open."""
    for person in people_online:
        redis().zadd(key(connections_key(person.id)), {"1|connection|session|process": 1})


@pytest.fixture
def pair(owner: Person, companion: Person) -> tuple[Person, Person]:
    make_companions(owner, companion)
    owner.shows_online = companion.shows_online = True
    db.session.commit()
    return owner, companion


def test_companions_see_who_is_online_where_both_show_it(page: Page, pair: tuple[Person, Person]) -> None:
    owner, companion = pair
    assert "here now" not in page.as_(owner).get("/me/cards", 200).words
    online(companion)
    assert "here now" in page.as_(owner).get("/me/cards", 200).words
    for hiding in pair:
        hiding.shows_online = False
        db.session.commit()
        assert "here now" not in page.as_(owner).get("/me/cards", 200).words
        hiding.shows_online = True
        db.session.commit()
    redis().delete(key(connections_key(companion.id)))
    assert "here now" not in page.as_(owner).get("/me/cards", 200).words


def test_who_is_online_is_asked_about_in_one_question_to_redis(
    page: Page, pair: tuple[Person, Person], statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _companion = pair
    rows = companions_of(owner).items
    with statements() as seen:
        online_companions(owner, rows)
    assert seen == []


def test_who_may_see_that_somebody_is_online(
    app: Flask, pair: tuple[Person, Person], stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, companion = pair
    stranger.shows_online = True
    db.session.flush()
    assert may_see_online(owner, companion.id)
    assert not may_see_online(owner, stranger.id)
    assert not may_see_online(stranger, owner.id)
    owner.shows_online = False
    assert not may_see_online(owner, companion.id)
    owner.shows_online = True
    monkeypatch.setattr("hampa.cards.queries.interests._in_contact", [])
    register_contact(lambda one, other_id: {one.id, other_id} == {owner.id, stranger.id})
    assert may_see_online(owner, stranger.id)
    people.block(stranger, owner.id)
    owner.hidden_ids = None
    assert not may_see_online(owner, stranger.id)
    companion.state = "suspended"
    db.session.flush()
    assert not may_see_online(owner, companion.id)


def test_nobody_is_shown_online_unless_they_ask_for_it(page: Page, owner: Person) -> None:
    assert make_person().shows_online is False
    page.as_(owner).get("/me/privacy").form("/me/privacy").fill(shows_online="y").submit(status=303)
    db.session.refresh(owner)
    assert owner.shows_online


def test_an_event_tells_a_person_of_their_own_topic_without_the_id() -> None:
    event = Event((1, 1), ("person:a", "run:b"), "changed", {"number": 1})
    assert event.chunk("person:a") == b'id: 1-1\ndata: {"number":1,"topic":"me","event":"changed"}\n\n'
    assert b"run:b" in event.chunk("run:b")
