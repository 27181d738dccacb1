"""Changing, deleting and finding messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hampa.messages.models import Message
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.messages import make_conversation, make_message
from tests.html import words
from tests.messages.test_two_people import bubbles


@pytest.fixture
def here(setting) -> Iterator[str]:
    """Yield the path of a conversation right after its message: the small world is as old as its process."""
    with clock.frozen(setting.message.created_at + timedelta(seconds=1)):
        yield f"/messages/{setting.conversation.id}"


def test_a_message_is_changed_for_a_quarter_of_an_hour_and_marked(page, setting, here):
    mine, theirs = page.as_(setting.owner), page.as_(setting.companion)
    path = f"{here}/{setting.message.id}"
    assert path in mine.get(here).links and path not in theirs.get(here).links
    mine.get(path).form(path).fill(text="I bring coffee").submit(status=303)
    seen = theirs.get(here)
    assert bubbles(seen)[-1] == "I bring coffee" and "edited" in words(seen.all(class_="bubble-end")[-1])
    with clock.frozen(setting.message.created_at + timedelta(minutes=15)):
        assert not mine.get(path, 200).all("textarea")
        refused = mine.post(path, {"text": "I bring nothing"}, 422)
        assert "15 minutes" in refused.error_of("text") and "I bring nothing" in refused.text
    assert bubbles(theirs.get(here))[-1] == "I bring coffee"


@pytest.mark.parametrize("text", ["", "x" * 2001])
def test_a_change_is_refused_beside_the_field(page, setting, here, text):
    path = f"{here}/{setting.message.id}"
    assert page.as_(setting.owner).post(path, {"text": text}, 422).error_of("text")


def test_a_deleted_message_is_gone_everywhere_and_keeps_its_place(page, setting, here):
    mine, theirs = page.as_(setting.owner), page.as_(setting.companion)
    theirs.post(here, {"text": "Thanks"}, 303)
    mine.get(f"{here}/{setting.message.id}").form(f"{here}/{setting.message.id}/delete").submit(status=303)
    for browser in (mine, theirs):
        seen = browser.get(here)
        assert "I bring tea" not in seen.text
        assert "Message deleted" in [words(one) for one in seen.all(class_="bubble")][2]
        assert bubbles(browser.get(f"{here}?q=tea")) == []
    assert db.session.get_one(Message, setting.message.id).text == ""
    mine.post(f"{here}/{setting.message.id}", {"text": "Back again"}, 422)


def test_a_message_that_nobody_has_read_yet_is_taken_back(page, setting, here):
    page.as_(setting.owner).post(here, {"text": "Forget this"}, 303)
    message = db.session.query(Message).filter_by(text="Forget this").one()
    page.as_(setting.owner).post(f"{here}/{message.id}/delete", {}, 303)
    notices = page.as_(setting.companion).get("/notifications").words
    assert "Sara Karimi wrote to you" in notices and "Forget this" not in notices
    assert "Message deleted" in page.as_(setting.companion).get("/messages").words


def test_search_finds_words_as_people_write_them(page, setting):
    sara, reza = setting.owner, setting.stranger
    texts = ("فردا می‌دویم؟", "كفش نو خریدم", "Tea at SIX", "باشه")
    here = f"/messages/{make_conversation(sara, reza, *texts).id}"
    for asked, found in (("میدویم", texts[0]), ("می دویم", texts[0]), ("کفش", texts[1]), ("six", texts[2])):
        assert bubbles(page.as_(reza).get(f"{here}?q={asked}", 200)) == [found]
    nothing = page.as_(reza).get(f"{here}?q=rain", 200)
    assert bubbles(nothing) == [] and "0 messages found" in nothing.words
    assert bubbles(page.as_(reza).get(f"{here}?q=؟", 200)) == []


def test_text_is_text_addresses_are_links_and_lines_stay(page, setting, here):
    text = "<b>no</b> *no*\nsee https://maps.example/a."
    make_message(setting.conversation, setting.companion, text=text)
    seen = page.as_(setting.owner).get(here).all(class_="bubble-text")[-1]
    assert "<b>no</b> *no*" in words(seen)
    [link] = list(seen.iter("a"))
    assert (link.get("href"), link.get("rel")) == ("https://maps.example/a", "nofollow ugc noopener")


@pytest.mark.parametrize("text", ["", "   ", "\u200c", "x" * 2001])
def test_nothing_and_too_much_is_refused_beside_the_field(page, setting, here, text):
    refused = page.as_(setting.owner).post(here, {"text": text}, 422)
    assert refused.error_of("text") and text.strip() in refused.text


def test_two_thousand_letters_fit_whatever_they_are(page, setting, here):
    text = "چ" * 2000
    page.as_(setting.owner).post(here, {"text": text}, 303)
    assert bubbles(page.as_(setting.companion).get(here))[-1] == text


def test_too_much_at_once_is_refused_and_nothing_is_lost(page, setting, here):
    browser = page.as_(setting.owner)
    for number in range(60):
        assert browser.post(here, {"text": f"Message {number}"}).status == 303
    refused = browser.post(here, {"text": "One too many"}, 429)
    assert "a lot at once" in refused.error_of("text") and "One too many" in words(refused.one("textarea"))


def test_no_new_words_come_where_none_are_taken(page, setting, here):
    path = f"{here}/{setting.message.id}"
    setting.companion.message_visibility = "nobody"
    db.session.flush()
    assert page.as_(setting.owner).post(path, {"text": "Around the door"}, 422).error_of("text")
    assert bubbles(page.as_(setting.companion).get(here))[-1] == "I bring tea"
    page.as_(setting.owner).post(f"{path}/delete", {}, 303)


def test_changing_counts_as_writing(page, setting, here, monkeypatch):
    monkeypatch.setattr("hampa.messages.actions.posting.MOST", 2)
    path, mine = f"{here}/{setting.message.id}", page.as_(setting.owner)
    for text in ("One", "Two"):
        mine.post(path, {"text": text}, 303)
    mine.post(path, {"text": "Three"}, 429)
