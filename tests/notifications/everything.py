"""Everything that notifications tell of, done by two people: what they wrote has one word in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hampa.announcements.actions import draft_message, send_message
from hampa.cards.actions import decide, delete_card, show_interest
from hampa.checkin_reminders.actions.nudging import ask_to_nudge, nudge
from hampa.checkin_reminders.actions.reminding import remind as remind_of_check_ins
from hampa.checkin_reminders.queries.due import due_reminder
from hampa.comments.actions import add_comment
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
from hampa.notifications.actions.notifying import notify
from hampa.organising.actions.invitations import accept
from hampa.organising.actions.map_links import tell_failed
from hampa.organising.actions.organisers import invite_by_number
from hampa.organising.actions.ownership import offer_run
from hampa.organising.actions.publishing import invite_companion
from hampa.plans.actions import notify_removed_groups
from hampa.plans.jobs import notify_cancelled, notify_changed
from hampa.platform import clock
from hampa.platform.db import db
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


def tell_everything():
    """Have every kind that has words or a name told, by what people do; return the ids of who did it, and who reads it."""
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
    return actor.id, reader.id
