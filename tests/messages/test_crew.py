"""The conversation of a crew: members write, organisers remove, who is muted reads, and nobody else has any part in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from hampa.blocks.actions import block
from hampa.crews.actions import crews as crew_actions, memberships
from hampa.crews.models import CrewLogEntry, CrewMembership
from hampa.messages.actions.crews import write_to_crew
from hampa.messages.actions.writing import write_to_person
from hampa.messages.jobs import tell_crew
from hampa.messages.models import ConversationMember, Message
from hampa.messages.queries.listing import conversations_of, unread_count
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import add_member, make_crew
from tests.factories.messages import make_crew_conversation
from tests.factories.people import make_person
from tests.html import words
from tests.messages.test_two_people import bubbles, composer, listed, notified, unread
from tests.page import Page
from tests.queues import work_off


@pytest.fixture
def crew(owner: Person, companion: Person):
    """Return Sara's crew, of which Reza is a member."""
    return make_crew(owner, companion, name="Sunrise Runners", max_members=100)


def speak(page: Page, author: Person, crew, text: str) -> str:
    """Say something to the crew; return the path of the conversation."""
    page.as_(author).post(f"/crews/{crew.id}/conversation", {"text": text}, 303)
    work_off()
    return page.as_(author).get(f"/crews/{crew.id}/conversation", 303).location.split("#")[0]


def test_a_crew_talks(page, owner, companion, stranger, operator, crew):
    first = f"/crews/{crew.id}/conversation"
    assert first in page.as_(companion).get(f"/crews/{crew.id}", 200).links
    here = composer(page.as_(companion).get(first, 200)).fill(text="Is there tea?").submit(status=303).follow()
    path = here.url.split("#")[0]
    assert bubbles(here) == ["Is there tea?"] and "Sunrise Runners" in words(here.one("h1"))
    assert db.session.scalar(select(func.count(ConversationMember.id))) == 1, "only the author has a row"
    assert notified(owner) == 0, "the worker tells the others"
    work_off()
    assert notified(owner) == 1 and notified(companion) == 0
    assert unread(page, owner) == "Messages, 1 new" and unread(page, companion) == "none"
    [row] = listed(page, owner)
    assert "Sunrise Runners" in row and "Reza Ahmadi: Is there tea?" in row and "1 unread" in row
    on_crew = page.as_(owner).get(f"/crews/{crew.id}", 200)
    assert next(link.get("aria-label") for link in on_crew.all("a", class_="menu-row")) == "Talk with the crew, 1 new"
    assert any(link.startswith(path) for link in on_crew.links)
    [notice] = page.as_(owner).get("/notifications").all(class_="notice-link")
    assert "Reza Ahmadi wrote in Sunrise Runners" in words(notice)
    speak(page, companion, crew, "And cake?")
    assert notified(owner) == 1, "one notification until it is read"
    assert "2 unread" in listed(page, owner)[0]
    assert bubbles(page.as_(owner).get(path, 200)) == ["Is there tea?", "And cake?"]
    assert unread(page, owner) == "none" and "unread" not in listed(page, owner)[0]
    assert "unread" not in page.as_(owner).get("/notifications").words
    speak(page, companion, crew, "I bring some")
    assert notified(owner) == 2
    for other in (stranger, operator):
        for address in (path, first):
            page.as_(other).get(address, 404)
            page.as_(other).post(address, {"text": "Hello"}, 404)
        assert notified(other) == 0 and listed(page, other) == [] and unread(page, other) == "none"
    page.as_(None).get(path, 303)


def test_who_joins_reads_all_and_has_only_what_follows_unread(page, owner, stranger, crew):
    path = speak(page, owner, crew, "We meet at the gate")
    db.session.execute(update(Message).values(created_at=clock.now() - timedelta(days=3)))
    add_member(crew, stranger)
    db.session.commit()
    assert unread(page, stranger) == "none" and "unread" not in listed(page, stranger)[0]
    assert bubbles(page.as_(stranger).get(path, 200)) == ["We meet at the gate"]
    speak(page, owner, crew, "At six")
    assert unread(page, stranger) == "Messages, 1 new" and "1 unread" in listed(page, stranger)[0]


@pytest.mark.parametrize("end", ["leaves", "removed", "banned"])
def test_who_is_no_member_any_more_loses_it_at_once(page, owner, companion, crew, monkeypatch, end):
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(memberships, "publish", lambda topic, name, **_ids: told.append((topic, name)))
    path = speak(page, owner, crew, "Bring a lamp")
    assert notified(companion) == 1
    if end == "leaves":
        memberships.leave_crew(companion, crew.id)
    elif end == "removed":
        memberships.remove_member(owner, crew.id, companion.id, "Loud")
    else:
        memberships.ban_member(owner, crew.id, companion.id, "Loud", 7)
    db.session.commit()
    assert (f"person:{companion.id}", "recheck") in told
    for address in (path, f"/crews/{crew.id}/conversation"):
        page.as_(companion).get(address, 404)
        page.as_(companion).post(address, {"text": "Hello"}, 404)
    assert listed(page, companion) == [] and unread(page, companion) == "none"
    assert "Bring a lamp" not in page.as_(companion).get("/notifications", 200).words
    speak(page, owner, crew, "And a whistle")
    assert notified(companion) == 1
    message_id = db.session.scalar(select(Message.id).limit(1))
    page.as_(companion).get(f"/report/message/{message_id}", 404)


def test_who_is_muted_reads_and_sees_why_and_until_when(page, owner, companion, crew):
    path = speak(page, companion, crew, "La la la")
    memberships.mute_member(owner, crew.id, companion.id, "Songs at night", 3)
    db.session.commit()
    answer = page.as_(companion).get(path, 200)
    foot = words(answer.one(id="composer"))
    assert "muted you" in foot and "Songs at night" in foot and "Until" in foot and not answer.all("textarea")
    refused = page.as_(companion).post(path, {"text": "La"}, 422)
    assert bubbles(refused) == ["La la la"]
    memberships.unmute_member(owner, crew.id, companion.id)
    db.session.commit()
    page.as_(companion).post(path, {"text": "Sorry"}, 303)


def test_an_organiser_removes_a_message_and_the_log_has_it(page, owner, companion, stranger, crew):
    add_member(crew, stranger, role="moderator")
    path = speak(page, companion, crew, "Buy my shoes")
    message = db.session.scalars(select(Message)).one()
    ask = f"{path}/{message.id}/remove"
    assert ask in page.as_(stranger).get(path, 200).links
    assert ask not in page.as_(companion).get(path, 200).links
    page.as_(companion).get(ask, 403)
    form = page.as_(stranger).get(ask, 200).form(ask)
    seen = form.fill(reason="Advertising").submit(status=303).follow()
    assert bubbles(seen) == ["Removed by an organiser of the crew"]
    page.as_(stranger).post(ask, {"reason": "Again"}, 303)
    entries = db.session.scalars(select(CrewLogEntry).where(CrewLogEntry.what == "message")).all()
    assert [(one.actor_id, one.person_id, one.note) for one in entries] == [(stranger.id, companion.id, "Advertising")]
    log = page.as_(owner).get(f"/crews/{crew.id}/log", 200).words
    assert "removed a message of: Reza Ahmadi" in log and "Advertising" in log
    assert "Buy my shoes" not in page.as_(owner).get(path, 200).words + listed(page, owner)[0]


def test_people_who_blocked_each_other_do_not_meet_in_it(page, owner, companion, stranger, crew):
    add_member(crew, stranger)
    block(companion, stranger.id)
    path = speak(page, stranger, crew, "Hello")
    speak(page, owner, crew, "Good morning")
    page.as_(companion).get(path, 200)
    speak(page, stranger, crew, "Who comes?")
    assert notified(companion) == 1, "of Sara's alone"
    assert unread(page, companion) == "none"
    assert bubbles(page.as_(companion).get(path, 200)) == ["Good morning"]
    assert "Good morning" in listed(page, companion)[0]
    assert bubbles(page.as_(owner).get(path, 200)) == ["Hello", "Good morning", "Who comes?"]


def test_who_wants_to_hear_nothing_is_not_notified(page, owner, companion, stranger, crew):
    add_member(crew, stranger, notices=False)
    path = speak(page, owner, crew, "One")
    page.as_(companion).post(f"{path}/mute", {"muted": "yes"}, 303)
    db.session.execute(update(Notification).values(read_at=clock.now()))
    speak(page, owner, crew, "Two")
    assert (notified(companion), notified(stranger)) == (1, 0)
    assert unread(page, companion) == "none" and unread(page, stranger) == "Messages, 1 new"
    muted = page.as_(companion).get("/me/settings/notifications", 200)
    assert "Sunrise Runners" in muted.words
    page.as_(companion).post(f"{path}/mute", {"muted": "no"}, 303)
    speak(page, owner, crew, "Three")
    assert notified(companion) == 2


def test_a_closed_crew_is_read_and_a_deleted_one_is_gone(page, owner, companion, crew):
    path = speak(page, companion, crew, "Good bye")
    crew_actions.close_crew(owner, crew.id)
    db.session.commit()
    answer = page.as_(companion).get(path, 200)
    assert bubbles(answer) == ["Good bye"] and "can only be read" in words(answer.one(id="composer"))
    page.as_(companion).post(path, {"text": "Wait"}, 422)
    message_id = db.session.scalars(select(Message.id)).one()
    page.as_(companion).post(f"{path}/{message_id}/delete", {}, 303)  # what is one's own goes at any time
    crew.closed_at = clock.now() - timedelta(days=31)
    db.session.commit()
    crew_actions.delete_closed_crews()
    db.session.commit()
    page.as_(companion).get(path, 404)
    assert not db.session.scalar(select(func.count(Message.id))) and listed(page, owner) == []


def test_a_message_is_reported_and_removed(page, owner, companion, crew):
    speak(page, companion, crew, "Rude words")
    message = db.session.scalars(select(Message)).one()
    form = page.as_(owner).get(f"/report/message/{message.id}", 200)
    assert "Rude words" in form.words
    page.as_(companion).get(f"/report/message/{message.id}", 404)


def test_members_may_write_to_each_other_at_once(page, owner, companion, stranger, crew):
    add_member(crew, stranger)
    write_to_person(stranger, companion.id, "Shall we go together?")
    db.session.commit()
    assert unread(page, companion) == "Messages, 1 new"


def test_no_row_for_a_member_and_a_message(owner, crew, statements):
    people = [make_person() for _each in range(30)]
    for person in people:
        add_member(crew, person)
    db.session.commit()
    first = write_to_crew(owner, crew.id, "One")
    tell_crew(first.id)
    with statements() as asked:
        tell_crew(write_to_crew(owner, crew.id, "Two").id)
    assert len(asked) <= 16, asked
    assert db.session.scalar(select(func.count(ConversationMember.id))) == 1
    assert db.session.scalar(select(func.count(Notification.id)).where(Notification.type == "message_received")) == 31
    assert {unread_count(person) for person in people} == {1}
    assert conversations_of(people[0]).items[0].unread == 2


def test_a_long_conversation_counts_to_a_hundred(owner, companion, crew):
    make_crew_conversation(crew, *((owner, f"Message {number}") for number in range(130)))
    db.session.execute(update(CrewMembership).values(joined_at=clock.now() - timedelta(days=1)))
    assert conversations_of(companion).items[0].unread == 100
    assert conversations_of(owner).items[0].unread == 0
