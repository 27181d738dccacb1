"""Conversations of two: who may begin them, what each of the two sees, and what nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.notifications.models import Notification
from hampa.people.actions import deactivate
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.cards import make_companions
from tests.factories.messages import make_conversation, make_message
from tests.factories.people import let_be, make_person
from tests.factories.runs import make_run, take_part
from tests.html import words
from tests.page import Answer, Form, Page


def bubbles(answer: Answer) -> list[str]:
    """Return the texts of the messages on a page, in their order."""
    return [words(text) for text in answer.all(class_="bubble-text") + answer.all(class_="bubble-gone")]


def begin(page: Page, author: Person, other: Person, text: str = "Shall we run on Friday?") -> Answer:
    """Write a first message."""
    form = page.as_(author).get(f"/messages/to/{other.id}", 200).form(f"/messages/to/{other.id}")
    return form.fill(text=text).submit(status=303).follow()


def composer(answer: Answer) -> Form:
    """Return the form at the foot of a conversation."""
    [form] = [form for form in answer.forms if form.element.get("id") == "composer"]
    return form


def listed(page: Page, person: Person, path: str = "/messages") -> list[str]:
    """Return the rows of a list of conversations."""
    answer = page.as_(person).get(path, 200)
    return [words(row) for row in answer.all(class_="talk-row") + answer.all(class_="request")]


def unread(page: Page, person: Person) -> str:
    """Return the name of the place of messages in the navigation, which has the number."""
    links = page.as_(person).get("/me", 200).all("a", href="/messages")
    return links[0].get("aria-label") or "none"


def notified(person: Person) -> int:
    query = select(func.count()).where(Notification.person_id == person.id, Notification.type == "message_received")
    return db.session.scalar(query) or 0


@pytest.fixture
def companions(owner: Person, companion: Person) -> tuple[Person, Person]:
    make_companions(companion, owner)
    return owner, companion


def test_companions_write_to_each_other_at_once(page, companions):
    sara, reza = companions
    here = begin(page, reza, sara)
    assert bubbles(here) == ["Shall we run on Friday?"]
    assert unread(page, sara) == "Messages, 1 new"
    [row] = listed(page, sara)
    assert "Reza Ahmadi" in row and "Shall we run on Friday?" in row and "1 unread" in row
    there = page.as_(sara).get(here.url.split("#")[0], 200)
    assert bubbles(there) == ["Shall we run on Friday?"]
    assert unread(page, sara) == "none"
    back = composer(there).fill(text="Yes, at six").submit(status=303).follow()
    assert bubbles(back) == ["Shall we run on Friday?", "Yes, at six"]
    assert page.as_(reza).get(f"/messages/to/{sara.id}", 303).location.startswith(there.url)


@pytest.mark.parametrize("organises", [False, True])
def test_people_of_one_run_write_to_each_other_at_once(page, stranger, owner, organises):
    run = make_run(owner if organises else None)
    for person in (stranger, owner):
        if not (organises and person is owner):
            take_part(run, person)
    begin(page, stranger, owner)
    assert len(listed(page, owner)) == 1 and unread(page, owner) == "Messages, 1 new"


@pytest.mark.parametrize("status", ["INTERESTED", "LEFT", "REQUESTED", "WAITLISTED"])
def test_who_does_not_go_shares_no_run(page, stranger, owner, status):
    run = make_run(make_person())
    take_part(run, owner)
    take_part(run, stranger, status)
    begin(page, stranger, owner)
    assert listed(page, owner) == [] and unread(page, owner) == "none"


def test_a_stranger_s_first_message_waits_silently(page, stranger, owner):
    owner.profile_visibility = "signed_in"
    here = begin(page, stranger, owner, "Hello, I run there too")
    assert "is waiting" in here.words and not here.all("textarea")
    page.as_(stranger).post(here.url, {"text": "Are you there?"}, 422)
    assert unread(page, owner) == "none" and notified(owner) == 0
    index = page.as_(owner).get("/messages", 200)
    assert "Requests 1" in " ".join(words(one) for one in index.all(class_="talks-waiting"))
    [row] = listed(page, owner, "/messages/requests")
    assert "Mina Rahimi" in row and "Hello, I run there too" in row
    seen = page.as_(owner).get(here.url, 200)
    assert bubbles(seen) == ["Hello, I run there too"]
    assert (
        db.session.scalar(select(ConversationMember.read_number).where(ConversationMember.person_id == owner.id)) == 0
    )


@pytest.mark.parametrize("way", ["accept", "answer"])
def test_a_request_is_accepted_by_its_button_or_by_writing(page, stranger, owner, way):
    owner.profile_visibility = "signed_in"
    here = begin(page, stranger, owner)
    browser = page.as_(owner)
    if way == "accept":
        [accept, _decline] = [f for f in browser.get("/messages/requests").forms if f.action == f"{here.url}/request"]
        accept.submit(status=303)
    else:
        page.as_(owner).post(here.url, {"text": "Gladly"}, 303)
    assert len(listed(page, owner)) == 1 and listed(page, owner, "/messages/requests") == []
    page.as_(stranger).post(here.url, {"text": "Great"}, 303)
    assert notified(owner) == 1


def test_a_declined_request_is_gone_and_its_writer_learns_nothing(page, stranger, owner):
    owner.profile_visibility = "signed_in"
    here = begin(page, stranger, owner)
    before = page.as_(stranger).get(here.url, 200).words
    page.as_(owner).post(f"{here.url}/request", {"decision": "decline"}, 303)
    assert listed(page, owner) == listed(page, owner, "/messages/requests") == []
    assert page.as_(stranger).get(here.url, 200).words == before
    page.as_(stranger).post(here.url, {"text": "Hello?"}, 422)
    assert page.as_(owner).get(f"/messages/to/{stranger.id}", 303).location.startswith(here.url)
    page.as_(owner).post(here.url, {"text": "I have changed my mind"}, 303)
    page.as_(stranger).post(here.url, {"text": "Good"}, 303)


def test_meeting_opens_nothing_that_was_declined(page, stranger, owner):
    owner.profile_visibility = "signed_in"
    path = begin(page, stranger, owner).url
    page.as_(owner).post(f"{path}/request", {"decision": "decline"}, 303)
    run = make_run(owner)
    take_part(run, stranger)
    page.as_(stranger).post(path, {"text": "Now you have to"}, 422)
    assert not listed(page, owner)


def test_meeting_opens_what_waits(page, stranger, owner):
    owner.profile_visibility = "signed_in"
    here = begin(page, stranger, owner)
    take_part(make_run(owner), stranger)
    page.as_(stranger).post(here.url, {"text": "We meet on Friday then"}, 303)
    assert len(listed(page, owner)) == 1


def test_three_requests_a_day(page, stranger):
    others = [make_person(profile_visibility="signed_in") for _ in range(4)]
    for other in others[:3]:
        begin(page, stranger, other)
    refused = page.as_(stranger).post(f"/messages/to/{others[3].id}", {"text": "Hello"}, 429)
    assert "three people" in refused.error_of("text") and "Hello" in words(refused.one("textarea"))
    assert not listed(page, others[3], "/messages/requests")
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        page.as_(stranger).post(f"/messages/to/{others[3].id}", {"text": "Hello"}, 303)


@pytest.mark.parametrize(
    ("chosen", "from_stranger", "from_companion"),
    [
        ("everyone", "direct", "direct"),
        ("signed_in", "direct", "direct"),
        ("companions", "request", "direct"),
        ("companions_only", None, "direct"),
        ("nobody", None, None),
    ],
)
def test_who_may_write_is_as_the_person_chose(page, companions, stranger, chosen, from_stranger, from_companion):
    sara, reza = companions
    sara.profile_visibility, sara.message_visibility = "signed_in", chosen
    for author, way in ((stranger, from_stranger), (reza, from_companion)):
        asked = page.as_(author).get(f"/messages/to/{sara.id}", 200)
        button = f"/messages/to/{sara.id}" in page.as_(author).get(f"/people/{sara.id}", 200).links
        assert bool(asked.all("textarea")) == button == (way is not None)
        page.as_(author).post(f"/messages/to/{sara.id}", {"text": "Hello"}, 303 if way else 422)
    assert len(listed(page, sara)) == [from_stranger, from_companion].count("direct")
    assert len(listed(page, sara, "/messages/requests")) == [from_stranger, from_companion].count("request")


@pytest.mark.parametrize("by", ["reader", "writer"])
def test_a_conversation_closes_when_one_of_them_takes_no_messages(page, companions, by):
    sara, reza = companions
    here = f"/messages/{make_conversation(sara, reza, 'Hello').id}"
    (sara if by == "reader" else reza).message_visibility = "nobody"
    seen = page.as_(reza).get(here, 200)
    assert not seen.all("textarea") and bubbles(seen) == ["Hello"]
    page.as_(reza).post(here, {"text": "Hello?"}, 422)


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "operator"])
def test_nobody_else_reads_a_conversation(page, setting, viewer):
    here = f"/messages/{setting.conversation.id}"
    answer = page.as_(setting.viewer(viewer)).get(here)
    assert answer.status in (303, 404) and "tea" not in answer.text
    page.as_(setting.viewer(viewer)).post(
        f"{here}/{setting.message.id}/delete", {}, 303 if viewer == "visitor" else 404
    )
    assert db.session.get_one(Message, setting.message.id).text == "I bring tea"


@pytest.mark.parametrize("blocker", ["owner", "companion"])
def test_a_block_hides_the_conversation_from_both_and_its_end_brings_it_back(page, companions, blocker):
    sara, reza = companions
    conversation = make_conversation(sara, reza, "Hello", unread=1)
    one, other = (sara, reza) if blocker == "owner" else (reza, sara)
    assert unread(page, reza) == "Messages, 1 new"
    block(one, other.id)
    for person in (sara, reza):
        assert listed(page, person) == []
        assert unread(page, person) == "none"
        page.as_(person).get(f"/messages/{conversation.id}", 404)
        page.as_(person).post(f"/messages/{conversation.id}", {"text": "Hello"}, 404)
        page.as_(person).get(f"/messages/to/{(reza if person is sara else sara).id}", 404)
    page.as_(one).post(f"/me/blocks/{other.id}/end", {}, 303)
    assert len(listed(page, sara)) == 1
    assert bubbles(page.as_(reza).get(f"/messages/{conversation.id}", 200)) == ["Hello"]


@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_who_is_shut_out_is_nowhere_and_comes_back(page, companions, state):
    sara, reza = companions
    conversation = make_conversation(reza, sara, "Hello", unread=1)
    let_be(reza, state)
    assert listed(page, sara) == [] and unread(page, sara) == "none"
    page.as_(sara).get(f"/messages/{conversation.id}", 404)
    let_be(reza, "active")
    assert len(listed(page, sara)) == 1


def test_what_a_deleted_person_wrote_stays_without_the_name(page, companions):
    sara, reza = companions
    conversation = make_conversation(reza, sara, "Hello", "Hello yourself")
    deactivate(reza)
    [row] = listed(page, sara)
    assert "Deleted" in row and "Reza" not in row
    seen = page.as_(sara).get(f"/messages/{conversation.id}", 200)
    assert bubbles(seen) == ["Hello", "Hello yourself"] and str(reza.id) not in seen.text
    assert not seen.all("textarea") and "Their account is gone" in seen.words
    page.as_(sara).post(f"/messages/{conversation.id}", {"text": "Hello?"}, 422)


def test_writing_to_oneself_and_to_nobody(page, owner, stranger):
    assert page.as_(owner).get(f"/messages/to/{owner.id}", 303).location == "/messages"
    hidden = make_person()
    page.as_(stranger).get(f"/messages/to/{hidden.id}", 404)
    page.as_(stranger).post(f"/messages/to/{hidden.id}", {"text": "Hello"}, 404)


def test_the_list_is_in_the_order_of_the_last_messages_and_goes_on(page, owner):
    others = [make_person() for _ in range(30)]
    for other in others:
        make_conversation(other, owner, f"From {other.name}")
    first = page.as_(owner).get("/messages", 200)
    names = [words(link) for link in first.all(class_="talk-row-link")]
    assert names == [other.name for other in reversed(others)][:25]
    [more] = [link for link in first.links if "after=" in link]
    rest = page.as_(owner).get(more, 200)
    assert [words(link) for link in rest.all(class_="talk-row-link")] == [other.name for other in reversed(others)][25:]


def test_older_messages_come_page_by_page(page, companions):
    sara, reza = companions
    conversation = make_conversation(sara, reza, *(f"Message {n}" for n in range(70)))
    here = f"/messages/{conversation.id}"
    last = page.as_(reza).get(here, 200)
    assert bubbles(last) == [f"Message {n}" for n in range(40, 70)]
    [earlier] = [link for link in last.links if "before=" in link]
    older = page.as_(reza).htmx.get(earlier, 200)
    assert bubbles(older) == [f"Message {n}" for n in range(10, 40)]
    [earliest] = [link for link in older.links if "before=" in link]
    assert bubbles(page.as_(reza).get(earliest, 200)) == [f"Message {n}" for n in range(10)]
    assert bubbles(page.as_(reza).htmx.get(f"{here}?since=67", 200)) == ["Message 67", "Message 68", "Message 69"]


def test_sent_by_htmx_the_message_comes_alone_with_an_empty_field(page, companions):
    sara, reza = companions
    conversation = make_conversation(sara, reza, "Hello", "Hello yourself")
    form = composer(page.as_(reza).get(f"/messages/{conversation.id}"))
    url = form.element.get("data-hx-post")
    sent = page.as_(reza).htmx.post(url, {"submission": form.values["submission"], "text": "One more"}, 200)
    assert bubbles(sent) == ["One more"]
    [field] = sent.all("textarea")
    assert words(field) == "" and composer(sent).values["submission"] != form.values["submission"]
    refused = page.as_(reza).htmx.post(url, {"text": "x" * 2001}, 422)
    assert refused.error_of("text") and bubbles(refused) == [] and "x" * 2001 in refused.text


def test_the_same_form_sent_twice_is_one_message(page, companions):
    sara, reza = companions
    conversation = make_conversation(sara, reza, "Hello")
    browser = page.as_(reza)
    form = composer(browser.get(f"/messages/{conversation.id}")).fill(text="Once")
    for _ in range(2):
        form.submit(status=303)
    assert bubbles(browser.get(f"/messages/{conversation.id}")) == ["Hello", "Once"]


def test_a_notification_is_one_for_a_conversation_until_it_is_read(page, companions):
    sara, reza = companions
    here = begin(page, reza, sara, "One").url
    page.as_(reza).post(here, {"text": "Two"}, 303)
    assert notified(sara) == 1
    browser = page.as_(sara)
    [link] = browser.get("/notifications").all(class_="notice-link")
    assert "Reza Ahmadi wrote to you" in words(link) and "One" in words(link)
    assert browser.get(link.get("href"), 303).location == here
    browser.get(here, 200)
    assert "1 new notification" not in browser.get("/me").text
    page.as_(reza).post(here, {"text": "Three"}, 303)
    assert notified(sara) == 2


def test_a_muted_conversation_notifies_nobody_and_counts_nowhere(page, companions):
    sara, reza = companions
    here = f"/messages/{make_conversation(sara, reza, 'Hello').id}"
    page.as_(sara).get(here).form(f"{here}/mute").submit(status=303)
    page.as_(reza).post(here, {"text": "Are you there?"}, 303)
    assert notified(sara) == 0 and unread(page, sara) == "none"
    assert "1 unread" in listed(page, sara)[0]
    page.as_(sara).get(here).form(f"{here}/mute").submit(status=303)
    page.as_(reza).post(here, {"text": "Now?"}, 303)
    assert notified(sara) == 1


def test_what_is_read_shows_to_the_writer_where_both_share_it(page, companions):
    sara, reza = companions
    here = f"/messages/{make_conversation(sara, reza, 'Hello', unread=1).id}"
    state = "talk-state"
    assert words(page.as_(sara).get(here).one(id=state)) == ""
    page.as_(reza).get(here)
    assert words(page.as_(sara).get(here).one(id=state)) == "Read"
    for one, other in ((sara, reza), (reza, sara)):
        one.shares_reading = False
        for person in (one, other):
            assert words(page.as_(person).get(here).one(id=state)) == ""
        one.shares_reading = True


def test_one_pair_has_one_conversation(page, companions):
    sara, reza = companions
    begin(page, sara, reza)
    page.as_(reza).post(f"/messages/to/{sara.id}", {"text": "And I to you"}, 303)
    assert db.session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_without_messages_the_page_says_what_to_do(page, owner):
    empty = page.as_(owner).get("/messages", 200)
    assert "Nobody has written yet" in empty.words and "/cards" in empty.links
    assert "No requests" in page.as_(owner).get("/messages/requests", 200).words


def test_a_message_of_somebody_else_is_reported_and_removed(page, companions, operator, work):
    sara, reza = companions
    conversation = make_conversation(reza, sara, "Something nasty")
    message = make_message(conversation, reza, text="Something nastier")
    browser = page.as_(sara)
    assert f"/report/message/{message.id}" in " ".join(browser.get(f"/messages/{conversation.id}").links)
    page.as_(reza).get(f"/report/message/{message.id}", 404)
    page.as_(operator).get(f"/report/message/{message.id}", 404)
    seen = browser.get(f"/report/message/{message.id}", 200)
    assert "Something nastier" in seen.words
