"""The conversation of a run: open to who goes and to organisers, until a week after it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.joining.actions import leave_run
from hampa.messages.models import ConversationMember, Message
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.factories.cards import make_companions
from tests.factories.messages import make_conversation, make_run_conversation
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.html import words
from tests.messages.test_two_people import bubbles, composer, listed, notified, unread
from tests.page import Page


@pytest.fixture
def run(owner: Person, companion: Person) -> Run:
    """Return a run of Sara to which Reza goes."""
    run = make_run(owner, title="Hills at dawn")
    take_part(run, companion)
    return run


def speak(page: Page, author: Person, run: Run, text: str) -> str:
    """Say something to all who go; return the path of the conversation."""
    page.as_(author).post(f"/runs/{run.id}/conversation", {"text": text}, 303)
    return page.as_(author).get(f"/runs/{run.id}/conversation", 303).location.split("#")[0]


def test_from_the_page_of_the_run_to_its_conversation(page, owner, companion, run):
    path = f"/runs/{run.id}/conversation"
    for person in (owner, companion):
        assert path in page.as_(person).get(f"/runs/{run.id}", 200).links
    for asked in ("q=tea", "since=3", "before=3"):
        assert bubbles(page.as_(owner).get(f"{path}?{asked}", 200)) == []
    here = composer(page.as_(companion).get(path, 200)).fill(text="Is there tea?").submit(status=303).follow()
    assert bubbles(here) == ["Is there tea?"] and "Hills at dawn" in words(here.one("h1"))
    assert notified(owner) == 1 and unread(page, owner) == "Messages, 1 new"
    assert "Hills at dawn" in listed(page, owner)[0] and "Reza Ahmadi: Is there tea?" in listed(page, owner)[0]
    seen = page.as_(owner).get(here.url, 200)
    assert [words(name) for name in seen.all(class_="bubble-who")] == ["Reza Ahmadi"]
    [link] = page.as_(owner).get("/notifications").all(class_="notice-link")
    assert "Reza Ahmadi wrote to everybody going to Hills at dawn" in words(link)


@pytest.mark.parametrize("status", ["INTERESTED", "REQUESTED", "WAITLISTED", "LEFT"])
def test_who_does_not_go_has_no_part_in_it(page, owner, stranger, run, status):
    take_part(run, stranger, status)
    here = speak(page, owner, run, "Bring a lamp")
    browser = page.as_(stranger)
    assert f"/runs/{run.id}/conversation" not in browser.get(f"/runs/{run.id}").links
    for path in (here, f"/runs/{run.id}/conversation"):
        browser.get(path, 404)
        browser.post(path, {"text": "Hello"}, 404)
    assert notified(stranger) == 0 and listed(page, stranger) == []


def test_who_joins_reads_all_of_it_and_who_leaves_loses_it(page, owner, stranger, run):
    here = speak(page, owner, run, "Bring a lamp")
    take_part(run, stranger)
    assert bubbles(page.as_(stranger).get(here, 200)) == ["Bring a lamp"]
    page.as_(owner).post(here, {"text": "And a whistle"}, 303)
    assert len(listed(page, stranger)) == 1 and unread(page, stranger) == "Messages, 1 new"
    page.as_(stranger).post(f"/runs/{run.id}/leave", {}, 303)
    page.as_(stranger).get(here, 404)
    assert listed(page, stranger) == [] and unread(page, stranger) == "none"
    before = notified(stranger)
    page.as_(owner).post(here, {"text": "One more thing"}, 303)
    assert notified(stranger) == before


def test_a_co_organiser_has_part_in_it(page, owner, stranger, run):
    add_organiser(run, stranger)
    here = speak(page, stranger, run, "I bring tea")
    assert bubbles(page.as_(owner).get(here, 200)) == ["I bring tea"]


def test_somebody_whom_an_organiser_added_has_no_part_before_they_say_so(page, owner, stranger, run):
    take_part(run, stranger, added_by_organiser=True, display_name="Mina")
    here = speak(page, owner, run, "Bring a lamp")
    page.as_(stranger).get(here, 404)
    assert notified(stranger) == 0


def test_writing_closes_a_week_after_the_run_and_reading_does_not(page, companion, run):
    here = speak(page, companion, run, "Is there tea?")
    db.session.query(Participation).filter_by(run_id=run.id).update({"status": "COMPLETED"})
    with clock.frozen(run.ends_at + timedelta(days=7) - timedelta(minutes=1)):
        page.as_(companion).post(here, {"text": "That was good"}, 303)
    with clock.frozen(run.ends_at + timedelta(days=7)):
        seen = page.as_(companion).get(here, 200)
        assert bubbles(seen) == ["Is there tea?", "That was good"] and not seen.all("textarea")
        refused = page.as_(companion).post(here, {"text": "Again?"}, 422)
        assert "closed a week after the run" in refused.words


@pytest.mark.parametrize("blocker", ["owner", "companion"])
def test_two_who_are_hidden_from_each_other_do_not_read_each_other(page, owner, companion, stranger, run, blocker):
    take_part(run, stranger)
    here = speak(page, stranger, run, "Hello all")
    page.as_(companion).post(here, {"text": "From Reza, before"}, 303)
    one, other = (owner, companion) if blocker == "owner" else (companion, owner)
    block(one, other.id)
    page.as_(owner).post(here, {"text": "From Sara, after"}, 303)
    page.as_(companion).post(here, {"text": "From Reza, after"}, 303)
    assert bubbles(page.as_(stranger).get(here)) == [
        "Hello all",
        "From Reza, before",
        "From Sara, after",
        "From Reza, after",
    ]
    assert bubbles(page.as_(owner).get(here)) == ["Hello all", "From Sara, after"]
    assert bubbles(page.as_(companion).get(here)) == ["Hello all", "From Reza, before", "From Reza, after"]
    assert "From Sara" not in listed(page, companion)[0] and "From Reza" not in listed(page, owner)[0]
    assert unread(page, owner) == "none"


def test_a_deleted_run_takes_its_conversation_along(page, owner, companion, run):
    here = speak(page, companion, run, "Is there tea?")
    db.session.delete(db.session.get_one(Run, run.id))
    db.session.flush()
    page.as_(companion).get(here, 404)
    assert db.session.scalars(select(Message)).all() == db.session.scalars(select(ConversationMember)).all() == []


def test_a_run_that_is_shared_by_its_link_shows_as_a_card_to_who_may_see_it(page, app, owner, companion):
    make_companions(owner, companion)
    conversation = make_conversation(owner, companion, "Look")
    here = f"/messages/{conversation.id}"
    organiser = make_person()
    run, hidden = make_run(title="Around the lake"), make_run(organiser, title="Not for Reza")
    base = app.extensions["hampa.settings"].base_url
    for text in (
        f"{base}/runs/{run.id} and what do you say?",
        f"see {base}/r/{run.short_code}",
        f"{base}/runs/{hidden.id}",
    ):
        page.as_(owner).post(here, {"text": text}, 303)
    page.as_(owner).post(here, {"text": f"https://elsewhere.example/runs/{run.id}"}, 303)
    block(organiser, companion.id)
    for person, titles in (
        (owner, ["Around the lake", "Around the lake", "Not for Reza"]),
        (companion, ["Around the lake"] * 2),
    ):
        cards = page.as_(person).get(here).all(class_="bubble-run")
        assert [words(next(iter(card))) for card in cards] == titles
    [link, *_] = page.as_(companion).get(here).all(class_="bubble-run")
    assert link.get("href") == f"/runs/{run.id}"


def test_who_has_left_reads_no_words_in_notifications_and_takes_their_own_back(page, owner, companion, run):
    path = speak(page, owner, run, "The door code is quince")
    speak(page, companion, run, "Mine is medlar")
    mine = db.session.scalars(select(Message).where(Message.author_id == companion.id)).one()
    browser = page.as_(companion)
    page.as_(owner).post(f"/runs/{run.id}/conversation", {"text": "And quince again"}, 303)
    assert "quince" in browser.get("/notifications", 200).words
    browser.post(f"/runs/{run.id}/leave", {}, 303)
    assert "quince" not in browser.get("/notifications", 200).words
    browser.get(path, 404)
    assert browser.post(f"{path}/{mine.id}/delete", {}, 303).location == "/messages"
    assert "medlar" not in page.as_(owner).get(path, 200).text
    page.as_(owner).post(f"{path}/{mine.id}/delete", {}, 403)


@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_words_of_who_is_shut_out_are_in_no_notification(page, owner, companion, run, state):
    speak(page, companion, run, "Visit my shop")
    assert "Visit my shop" in page.as_(owner).get("/notifications", 200).words
    companion.state = state
    db.session.flush()
    assert "Visit my shop" not in page.as_(owner).get("/notifications", 200).words


def test_nobody_is_told_who_has_read_the_conversation_of_a_run(page, owner, companion, run, monkeypatch):
    path = speak(page, owner, run, "North gate")
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(
        "hampa.messages.actions.changing.publish", lambda _topic, event, **ids: told.append((event, ids))
    )
    page.as_(companion).get(path, 200)
    assert told == [("read", {})], "how many, not who"
    companion.shares_reading = False
    page.as_(owner).post(path, {"text": "South gate"}, 303)
    page.as_(companion).get(path, 200)
    assert len(told) == 1


def test_a_message_full_of_links_asks_for_few_runs(page, owner, run, statements):
    here = settings().base_url
    nowhere = " ".join(f"{here}/r/x{number}" for number in range(60))
    with statements() as seen:
        speak(page, owner, run, nowhere)
    assert 0 < sum("short_code =" in one for one in seen) <= 5


def test_what_is_muted_is_in_the_list_of_mutes_and_unmuted_there(
    page: Page, owner: Person, companion: Person, stranger: Person
) -> None:
    run = make_run(companion, title="Around the lake")
    take_part(run, owner)
    muted = [make_conversation(owner, companion, "Hello"), make_run_conversation(run, (companion, "Hi"), (owner, "Hi"))]
    blocked = make_conversation(owner, stranger, "Hello")
    path_of_settings = "/me/settings/notifications"
    reader = page.as_(owner)
    for conversation in (*muted, blocked):
        reader.post(f"/messages/{conversation.id}/mute", {"muted": "yes"}, 303)
    block(owner, stranger.id)
    db.session.commit()
    paths = [f"/messages/{conversation.id}/mute" for conversation in (*muted, blocked)]
    shown = reader.get(path_of_settings, 200)
    assert [path in [form.action for form in shown.forms] for path in paths] == [True, True, False]
    assert "Around the lake" in shown.words and companion.name in shown.words
    shown.form(paths[0]).submit(status=303)
    assert [path in [form.action for form in reader.get(path_of_settings).forms] for path in paths] == [
        False,
        True,
        False,
    ]
    others = [form.action for form in page.as_(companion).get(path_of_settings, 200).forms]
    assert not set(paths).intersection(others)


def test_who_has_read_is_counted_for_the_writer_among_those_who_share_it(page: Page, owner: Person, run: Run) -> None:
    others = [take_part(run) for _number in range(4)]
    readers, silent, blocked = others[:2], others[2], others[3]
    db.session.commit()
    here = speak(page, owner, run, "Bring a lamp")

    def state(viewer: Person = owner) -> str:
        return words(page.as_(viewer).get(here, 200).one(id="talk-state"))

    assert state() == ""
    silent.shares_reading = False
    for reader in others:
        page.as_(reader).get(here, 200)
    assert state() == "Read by 3"
    block(owner, blocked.id)
    assert state() == "Read by 2"
    assert state(readers[0]) == "", "only who wrote the last message is told"
    owner.shares_reading = False
    assert state() == "", "who does not share it does not see it"


def test_who_may_be_seen_typing_is_named_on_the_page(page: Page, owner: Person, companion: Person, run: Run) -> None:
    silent, blocked, left = (take_part(run) for _number in range(3))
    db.session.commit()
    here = speak(page, owner, run, "Bring a lamp")
    silent.shares_reading = False
    block(owner, blocked.id)
    leave_run(left, run.id)
    db.session.commit()

    def named(viewer: Person) -> set[str]:
        return {
            str(item.get("data-person"))
            for item in page.as_(viewer).get(here, 200).all("li")
            if "data-person" in item.attrib
        }

    assert named(owner) == {str(companion.id)}
    assert named(companion) == {str(owner.id), str(blocked.id)}
    assert named(silent) == set()
    assert 'id="talk-typing"' not in page.as_(silent).get(here).text


def test_typing_is_told_by_who_shares_it_alone(
    page: Page, owner: Person, companion: Person, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, told = speak(page, owner, run, "Bring a lamp"), list[uuid.UUID]()
    monkeypatch.setattr("hampa.messages.views.changing.typing", lambda _conversation, person: told.append(person))
    companion.shares_reading = False
    stranger = make_person()
    db.session.commit()
    page.as_(owner).post(f"{here}/typing", status=303)
    page.as_(companion).post(f"{here}/typing", status=303)
    page.as_(stranger).post(f"{here}/typing", status=404)
    assert told == [owner.id]


def test_who_organises_another_run_has_no_part_in_this_one(page: Page, owner: Person, stranger: Person) -> None:
    make_run(stranger)
    address = f"/runs/{make_run(owner).id}/conversation"
    page.as_(owner).post(address, {"text": "The gate opens with 4711"}, status=303)
    intruder = page.as_(stranger)
    assert "4711" not in intruder.post(address, {"text": ""}, status=404).words
    intruder.get(address, 404)
    intruder.post(address, {"text": "I am in your run"}, status=404)
    assert db.session.scalars(select(Message.text)).all() == ["The gate opens with 4711"]
