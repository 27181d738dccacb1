"""Notifications keep references: what is removed is gone from those of others, from that moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from hampa.account.actions.account_deletion import request_deletion
from hampa.announcements.actions import draft_message, send_message
from hampa.announcements.models import RunMessage
from hampa.cards.actions import decide, delete_card, show_interest
from hampa.checkin_reminders.actions.nudging import ask_to_nudge, nudge
from hampa.checkin_reminders.actions.reminding import remind as remind_of_check_ins
from hampa.checkin_reminders.queries.due import due_reminder
from hampa.comments.actions import add_comment
from hampa.comments.models import Comment
from hampa.crew_invitations.actions import invite_numbers, send_batch
from hampa.crews.actions import crews
from hampa.crews.actions.exports import export_members
from hampa.crews.actions.memberships import ask_to_join, join_crew, set_role
from hampa.crews.actions.operating import hide_reported_crew
from hampa.follows.actions import tell_crew, tell_followers
from hampa.invites.actions import invite
from hampa.joining.actions import join_run, leave_run
from hampa.leading.actions import accept_leading, ask_leaders
from hampa.messages.actions.writing import write_to_person
from hampa.notifications.actions import cleaning
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Notification, notification_kinds
from hampa.notifications.privacy import notifications as exported_notifications
from hampa.notifications.queries.listing import unread_count
from hampa.organising.actions.invitations import accept
from hampa.organising.actions.map_links import tell_failed
from hampa.organising.actions.organisers import invite_by_number
from hampa.organising.actions.ownership import offer_run
from hampa.organising.actions.publishing import invite_companion
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.plans.actions import notify_removed_groups
from hampa.plans.jobs import notify_cancelled, notify_changed
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.jobs.running import run_due
from hampa.reaching_out.actions import record_looks
from hampa.reaching_out.queries import Drifting
from hampa.recaps.actions import ask_how_it_was, thank
from hampa.reminders.actions import remind
from hampa.reminders.queries import DueReminder, ReminderSettings
from hampa.roster.actions.looks import record_phone_looks
from hampa.roster.actions.participants import answer_requests, set_participant_status
from hampa.runs.models.run import ORGANISER, OWNER, PaceGroup
from hampa.runs.queries.people import participation_of
from hampa.safety.actions import WatchPlan, advance_watch, record_contact_look, start_watch
from hampa.safety.queries import lock_watch
from hampa.series.jobs import notify_series_cancelled
from tests.factories.badges import tell_of_badges
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.coaching import tell_of_coaching
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import tell_of_duties
from tests.factories.follows import follow
from tests.factories.incidents import tell_of_incident
from tests.factories.leaderboards import tell_of_flags
from tests.factories.moderation import tell_of_site_message
from tests.factories.notifications import choose, make_notification
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.factories.series import first_run
from tests.factories.timeline import tell_of_training

MARK = "quince"
"""Part of everything that somebody writes here, and of every name."""
TELLING = (tell_of_incident, tell_of_training, tell_of_duties, tell_of_flags, tell_of_badges, tell_of_coaching)
TELLING += (tell_of_site_message,)


def marked(**given):
    return make_person(**{"name": f"Ada {MARK}", "last_sign_in_at": clock.now(), **given})


@pytest.fixture
def everything_told(db_session):
    """Have every kind that has words or a name told, by what people do; return who did it, and who reads it."""
    actor, reader = marked(), marked(name="Rea Reader")
    words = {"title": f"{MARK} loop", "place": f"{MARK} gate"}
    # Joining, asking, and answers.
    mine, theirs = make_run(reader, **words), make_run(actor, **words, join_policy="approval")
    join_run(actor, mine.id)
    add_comment(actor, mine.id, f"{MARK} comment")
    join_run(actor, make_run(reader, **words, join_policy="approval").id)
    for yes in (True, False):
        join_run(reader, theirs.id)
        answer_requests(actor, theirs.id, None, yes)
        if yes:
            place_id = participation_of(reader, theirs.id).id
            set_participant_status(actor, theirs.id, place_id, "LEFT", note=f"{MARK} note")
    # Places that become free, a change, a message, a cancellation.
    for at_once in (True, False):
        taken = make_run(actor, **words, capacity=2)
        other, _stays = take_part(taken), take_part(taken)
        join_run(reader, taken.id, details={"take_at_once": at_once})
        leave_run(other, taken.id)
    going = make_run(actor, **words, cancel_reason=f"{MARK} reason")
    join_run(reader, going.id)
    notify_changed(going.id, 1, ["place"])
    draft = draft_message(actor, going.id, f"{MARK} message", ["GOING"], by_sms=True)
    send_message(actor, going.id, draft.id)
    mine_too = ReminderSettings(reader.timezone, reader.quiet_from, reader.quiet_to)
    remind(going, DueReminder(going.id, going.starts_at, "soon", {mine_too: clock.now() + timedelta(days=1)}))
    notify_cancelled(going.id)
    grouped = make_run(actor, **words)
    group = made(PaceGroup, run_id=grouped.id, position=0, name=f"{MARK} group", pace=360)
    take_part(grouped, reader, pace_group_id=group.id)
    notify_removed_groups([grouped], [group.id], event="gone")
    weekly = first_run(actor, **words)
    weekly.cancel_reason = f"{MARK} reason"
    take_part(weekly, reader)
    notify_series_cancelled([weekly.id], weekly.id)
    for asker, leader in ((actor, reader), (reader, actor)):
        led = make_run(asker, **words)
        take_part(led, leader)
        asked = {"leader_id": leader.id, "leader_asker_id": asker.id}
        group = made(PaceGroup, run_id=led.id, position=0, name=f"{MARK} group", pace=360, **asked)
        ask_leaders([led.id], asker)
        accept_leading(leader, led.id, group.id)
    # Organising together.
    shared = make_run(actor, **words)
    invite_by_number(actor, shared.id, [reader.phone])
    accept(reader, shared.id, ORGANISER)
    offer_run(actor, shared.id, reader.id)
    accept(reader, shared.id, OWNER)
    reader.quiet_from = reader.quiet_to
    ran, theirs_over = (make_run(who, **words, starts_local=in_days(-1)) for who in (reader, actor))
    take_part(ran, actor, "COMPLETED")
    thank(actor, ran.id)
    take_part(theirs_over, reader, "COMPLETED")
    ask_how_it_was(theirs_over)
    # Cards.
    for taken_down in (True, False):
        card = make_card(reader, title=f"{MARK} card")
        interest = show_interest(actor, card, line=f"{MARK} line")
        theirs_too = make_card(actor, title=f"{MARK} card")
        asked = show_interest(reader, theirs_too)
        if taken_down:
            delete_card(actor, theirs_too)
        else:
            decide(actor, asked.id, "accept")
            decide(reader, interest.id, "decline")
    invite_companion(actor, make_run(actor, **words), reader.id)
    invite(actor, make_run(actor, **words).id, reader.id)
    # They are companions by now, and write to each other.
    write_to_person(actor, reader.id, f"{MARK} message")
    # A crew.
    crew = make_crew(actor, name=f"{MARK} crew", is_listed=True, joining="open")
    join_crew(reader, crew.id)
    crews.post_notice(actor, crew.id, f"{MARK} notice")
    set_role(actor, crew.id, reader.id, "moderator", [])
    agreed = {"is_listed": True, "max_members": 20, "agreement": f"{MARK} agreement"}
    crews.change_crew(actor, crew.id, agreed)
    set_role(actor, crew.id, reader.id, "admin", [])
    export_members(actor, crew.id)
    hide_reported_crew(crew.id)
    with clock.frozen(datetime(2026, 12, 7, 10, tzinfo=UTC)):
        due = due_reminder(crew)
        assert due is not None
        remind_of_check_ins([due], 10)
        nudge(ask_to_nudge(actor, crew.id))
        seen = [Drifting(reader.id, reader.name, None, "stopped", due.period_from, 3, "shared", reader.id)]
        notify([reader.id], "newcomer_question", subject_id=crew.id, data={}, event=f"{crew.id}")
        notify([reader.id], "newcomer_answer", actor_id=actor.id, subject_id=crew.id, data={}, event=f"{crew.id}:a")
        assert record_looks(actor, crew.id, seen)
    crews.close_crew(actor, crew.id)
    inviting = make_crew(actor, name=f"{MARK} crew")
    invite_numbers(actor, inviting.id, [reader.phone])
    send_batch(inviting.id)
    asked_for = make_crew(actor, name=f"{MARK} crew", is_listed=True, joining="request")
    ask_to_join(reader, asked_for.id, f"{MARK} line")
    add_member(asked_for, reader)
    # Following, and a link of a map that leads nowhere.
    follow(reader, actor)
    fresh = [make_run(actor, **words).id for _number in range(3)]
    tell_followers(fresh[:1], "2026-11-21", of_series=False)
    tell_followers(fresh[1:], "2026-11-22", of_series=False)
    tell_crew(make_run(actor, crew_id=asked_for.id, **words).id)
    tell_failed(mine.id, "https://maps.example/x", reader.id)
    soon = make_run(actor, **words, starts_local=in_days(0, 0), timezone="Asia/Tehran")
    soon.starts_at = clock.now() + timedelta(minutes=30)
    reader.emergency_name, reader.emergency_phone = f"{MARK} contact", "+989121234567"
    take_part(soon, reader)
    db.session.flush()
    assert record_phone_looks(actor, soon)
    record_contact_look(actor, soon.id, participation_of(reader, soon.id).id)
    contact = {"contact_name": f"{MARK} contact", "contact_phone": "+989121234568"}
    plan = WatchPlan(expected_at=clock.now() + timedelta(hours=1), place="Lake", **contact)
    watch = lock_watch(start_watch(reader, plan).id)
    [advance_watch(watch) for _step in range(3)]
    for tell in TELLING:
        tell(actor, reader, MARK)
    db.session.commit()
    return actor, reader


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
    assert "A comment under" in seen


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
