"""Notifications keep references: what is removed is gone from those of others, from that moment."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update

from hampa.account.actions.account_deletion import request_deletion
from hampa.announcements.models import RunMessage
from hampa.cards.actions import show_interest
from hampa.comments.models import Comment
from hampa.joining.actions import leave_run
from hampa.notifications.actions import cleaning
from hampa.notifications.models import Notification, notification_kinds
from hampa.notifications.privacy import notifications as exported_notifications
from hampa.notifications.queries.listing import unread_count
from hampa.organising.actions.invitations import accept
from hampa.organising.actions.organisers import invite_by_number
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.jobs.running import run_due
from hampa.runs.models.run import ORGANISER
from hampa.runs.queries.people import participation_of
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.notifications import choose, make_notification
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.notifications.everything import MARK, tell_everything


@pytest.fixture
def everything_told(worlds, db_session):
    """Return who did all that is told of, and who reads it."""
    return tuple(db_session.get_one(Person, person_id) for person_id in worlds.result(tell_everything))


told_everything = pytest.mark.world(fill=tell_everything)


@told_everything
def test_no_kind_stores_words_or_names(everything_told, work, db_session):
    work()
    told = set(db_session.scalars(select(Notification.type)))
    wanted = {kind.name for kind in notification_kinds() if kind.words or kind.names_actor}
    assert wanted <= told, f"have these told above: {sorted(wanted - told)}"
    for table, where in (("notifications", "true"), ("outbox_messages", "template LIKE 'notifications/%'")):
        query = f"SELECT data::text FROM {table} WHERE {where} AND data::text ILIKE '%{MARK}%'"
        assert db_session.scalars(text(query)).all() == []
    sent = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.text.contains(MARK))).all()
    assert len(sent) > 10, "the words are there when it is sent"


@told_everything
def test_the_name_of_who_deletes_their_account_is_on_no_page_of_others(page, everything_told, work, db_session):
    actor, reader = everything_told
    browser, pages = page.as_(reader), ["/notifications"]
    while further := next((link for link in browser.get(pages[-1], 200).links if "after=" in link), None):
        pages.append(further)
    assert any("Ada quince" in browser.get(url, 200).words for url in pages)
    request_deletion(actor, {})
    for url in pages:
        assert "Ada" not in browser.get(url, 200).words
    before = set(db_session.scalars(select(ConsoleDelivery.id)))
    work()
    later = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.id.not_in(before)))
    assert not [text for text in later if "Ada" in text]


@told_everything
@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_nothing_quotes_or_names_who_is_shut_out(page, everything_told, work, db_session, state):
    actor, reader = everything_told
    browser, counted = page.as_(reader), unread_count(reader)
    db_session.execute(update(Person).where(Person.id == actor.id).values(state=state))
    db_session.commit()
    url, told = "/notifications", ""
    while url:
        answer = browser.get(url, 200)
        told += answer.words
        url = next((link for link in answer.links if link.startswith("/notifications?after=")), None)
    exported = str(list(exported_notifications(db_session.get_one(Person, reader.id))))
    before = set(db_session.scalars(select(ConsoleDelivery.id)))
    work()
    later = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.id.not_in(before))).all()
    assert "quince loop" in told
    for text_ in (told, exported, *later):
        for words in ("Ada", f"{MARK} comment", f"{MARK} line", f"{MARK} note"):
            assert words not in text_
    assert unread_count(db_session.get_one(Person, reader.id)) < counted


def test_a_deleted_comment_is_gone_from_the_notification(page, owner, stranger):
    run = make_run(owner)
    page.as_(stranger).post(f"/runs/{run.id}/comments", {"text": "Something I regret"}, 303)
    reader = page.as_(owner)
    assert "Something I regret" in reader.get("/notifications").words
    comment = db.session.scalars(select(Comment)).one()
    page.as_(stranger).post(f"/runs/{run.id}/comments/{comment.id}/delete", {}, 303)
    seen = reader.get("/notifications").words
    assert "Something I regret" not in seen
    assert "A comment, since deleted, under" in seen


def test_a_message_that_is_taken_back_is_gone_and_not_sent_any_more(page, owner, stranger, work, db_session):
    run = make_run(owner)
    take_part(run, stranger)
    stranger.last_sign_in_at = clock.now()
    form = {"text": "Bring the wrong lamp", "statuses": "GOING", "by_sms": "1"}
    page.as_(owner).post(f"/runs/{run.id}/message", form, 303).follow().form().submit(status=303)
    db_session.commit()
    run_due("normal", lambda: False)
    reader = page.as_(stranger)
    assert "wrong lamp" in reader.get("/notifications").words
    assert "wrong lamp" in reader.get(f"/runs/{run.id}").words
    message = db_session.scalars(select(RunMessage)).one()
    page.as_(stranger).post(f"/runs/{run.id}/message/{message.id}/take-back", {}, 403)
    path = f"/runs/{run.id}/message/{message.id}/take-back"
    page.as_(owner).get(f"/runs/{run.id}/message").form(path).submit(status=303)
    assert "wrong lamp" not in reader.get("/notifications").words
    assert "wrong lamp" not in reader.get(f"/runs/{run.id}").words
    work()
    (sms,) = db_session.scalars(select(OutboxMessage).filter_by(purpose="organiser_message"))
    assert sms.status == "cancelled"
    assert not [text for text in db_session.scalars(select(ConsoleDelivery.text)) if "wrong lamp" in text]


def test_an_interest_that_is_taken_back_names_nobody_and_one_anew_does(page, owner, stranger):
    card = make_card(owner)
    asker = page.as_(stranger)
    asker.post(f"/cards/{card.id}/interest", {"line": "Tuesdays at the lake?"}, 303)
    reader = page.as_(owner)
    assert "Tuesdays at the lake?" in reader.get("/notifications").words
    interest_path = next(link for link in reader.get("/notifications").links if link.startswith("/notifications/"))
    interest = reader.get(interest_path, 303).location
    asker.post(interest, {"decision": "withdraw"}, 303)
    seen = reader.get("/notifications")
    assert stranger.name not in seen.words
    assert "Tuesdays" not in seen.words
    asker.post(f"/cards/{card.id}/interest", {"line": "Thursdays?"}, 303)
    assert "Thursdays?" in reader.get("/notifications").words, "it refers to what stands now"


def test_a_deleted_run_has_no_title_any_more(page, owner, stranger):
    run = make_run(owner, title="A place nobody should know")
    make_notification(stranger, "run_declined", subject_id=run.id)
    reader = page.as_(stranger)
    assert run.title in reader.get("/notifications").words
    page.as_(owner).post(f"/runs/{run.id}/delete", {}, 303)
    seen = reader.get("/notifications").words
    assert "A place nobody should know" not in seen
    assert "A deleted run" in seen


def test_who_blocks_the_actor_gets_no_sms_that_names_them(page, owner, stranger, work, db_session):
    owner.last_sign_in_at = clock.now()
    choose(owner, run_joined={"sms": True})
    run = make_run(owner)
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    page.as_(owner).post(f"/people/{stranger.id}/block", {}, 303)
    work()
    (sms,) = db_session.scalars(select(OutboxMessage).filter_by(purpose="run_joined"))
    assert sms.status == "cancelled"


def test_words_that_an_earlier_release_stored_are_emptied_and_their_keys_stay(owner, db_session):
    old = {"title": "Words", "starts_at": "2026-11-27T02:30:00+00:00", "timezone": "Asia/Tehran", "place": "Words"}
    data = {**old, "code": "abc", "name": "Words", "line": "Words"}
    row = make_notification(owner, "run_comment", data=data)
    template = "notifications/sms/run_joined.txt"
    common = {"purpose": "run_joined", "recipient": owner.phone, "locale": "en", "priority": 2}
    common |= {"template": template, "next_attempt_at": clock.now(), "person_id": owner.id}
    sent, waits = (
        made(OutboxMessage, **common, data={**data, "status": "GOING"}, key=status, status=status)
        for status in ("sent", "pending")
    )
    assert cleaning.blank_words() == 2
    assert cleaning.blank_words() == 0
    db_session.expire_all()
    assert sent.data == {}
    assert waits.data["name"] == "Words", "it is still to be sent, with the words that it has"
    assert row.data == {**data, "title": "", "place": "", "name": "", "line": "", "reason": ""}


def test_opening_what_it_leads_to_reads_it_and_nothing_else(page, owner, stranger):
    run, other = make_run(stranger), make_run(stranger)
    for one in (run, other):
        make_notification(owner, "run_changed", subject_id=one.id)
    make_notification(owner, "account_security")
    make_notification(stranger, "run_changed", subject_id=run.id)
    browser = page.as_(owner)
    seen = browser.get(f"/runs/{run.id}", 200)
    assert any("2" in (bell.get("aria-label") or "") for bell in seen.all("a", href="/notifications"))
    assert unread_count(owner) == 2
    assert unread_count(stranger) == 1
    browser.get("/me/sessions", 200)
    assert unread_count(owner) == 1


def test_acting_reads_what_asked_for_it(page, owner, stranger, companion, db_session):
    co = make_person()
    run = make_run(owner, join_policy="approval")
    invite_by_number(owner, run.id, [co.phone])
    assert unread_count(co) == 1
    accept(co, run.id, ORGANISER)
    assert unread_count(co) == 0
    before = unread_count(owner)
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert (unread_count(co), unread_count(owner)) == (1, before + 1)
    asking = participation_of(stranger, run.id)
    page.as_(owner).post(f"/runs/{run.id}/requests", {"answer": "yes", "person": str(asking.id)}, 303)
    assert (unread_count(co), unread_count(owner)) == (0, before), "one organiser has answered for all"
    assert unread_count(stranger) == 1
    leave_run(stranger, run.id)
    assert unread_count(stranger) == 0
    card = make_card(owner)
    interest = show_interest(companion, card)
    assert unread_count(owner) == before + 1
    page.as_(owner).post(f"/interests/{interest.id}", {"decision": "accept"}, 303)
    assert unread_count(owner) == before


def test_words_of_who_is_shut_out_are_gone_from_the_bell_too(page, owner, stranger, operator):
    run, card = make_run(owner), make_card(owner)
    writer, reader = page.as_(stranger), page.as_(owner)
    writer.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    writer.post(f"/runs/{run.id}/comments", {"text": "Buy my shoes"}, 303)
    writer.post(f"/cards/{card.id}/interest", {"line": "Buy my socks"}, 303)
    seen = reader.get("/notifications").words
    assert "Buy my shoes" in seen
    assert "Buy my socks" in seen
    stranger.state = "suspended"
    db.session.flush()
    seen = reader.get("/notifications").words
    assert "Buy my" not in seen
    assert stranger.name not in seen
