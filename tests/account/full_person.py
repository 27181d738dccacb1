"""A person of whom there is something in every table that refers to people, and who else is part of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from hampa.account.models import PhoneChange
from hampa.announcements.models import RunMessage
from hampa.attendance.models import Attendance
from hampa.audit.models import AuditEntry
from hampa.auth.models import Device, NumberTries
from hampa.boards.models import Board
from hampa.cards.models import ACCEPTED
from hampa.checkin_choices.actions import choose_for_all, choose_in_crew
from hampa.checkin_imports.models import CheckInImport, ImportedCheckIn
from hampa.checkin_reminders.models import CheckInNudge, CheckInReminder, NudgeRound
from hampa.crews.models import CrewLogEntry, CrewNotice, CrewRequest
from hampa.crews.queries.crews import membership_of
from hampa.duties.models import Offer, Qualification, Standby
from hampa.duty_appeals.models import Appeal, AppealChoice, Ask
from hampa.incidents.models import IncidentEntry, IncidentLook
from hampa.invites.models import RunInvite
from hampa.moderation.models import BanAppeal, Decision, Report
from hampa.newcomers.models import NewcomerQuestion
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.stops import stop_sms
from hampa.notifications.models import Mute
from hampa.openid.models import OpenIdAccount, OpenIdFlow
from hampa.organising.actions.invitations import accept
from hampa.organising.actions.organisers import invite_by_number
from hampa.organising.actions.ownership import offer_run
from hampa.outbox.actions.writing import send_sms
from hampa.passkeys.models import PasskeyChallenge
from hampa.passwords.models import Password, PasswordTries
from hampa.passwords.queries import name_hash
from hampa.people.models import Block, HiddenZone, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.profile.actions import reserve_handle
from hampa.profile.models import EmailVerification, PersonPicture
from hampa.reaching_out.models import Drift, DriftLook
from hampa.recaps.models import Thanks
from hampa.reminders.models import Reminder
from hampa.roster.models import PhoneLook
from hampa.runs.models.run import OWNER, JoinSmsOff, PaceGroup, Run
from hampa.runs.queries.people import participation_of
from hampa.safety.models import HOME, ContactLook, Watch
from hampa.sharing.actions import posters
from hampa.site_messages.models import SiteMessage
from tests.factories.account import make_export
from tests.factories.activity_files import make_training
from tests.factories.auth import make_code, make_mail_link, make_passkey, make_session
from tests.factories.badges import earn_badges
from tests.factories.base import made
from tests.factories.cards import make_card, make_interest
from tests.factories.checkins import make_check_in
from tests.factories.coaching import make_coaching_of
from tests.factories.comments import make_comment
from tests.factories.crews import make_crew, make_crew_picture, make_group, make_invitation, make_number_invitation
from tests.factories.devices import make_device
from tests.factories.duties import make_booking, make_broadcast, make_closeout, make_schedule
from tests.factories.feeds import make_feed
from tests.factories.files import make_picture, make_route
from tests.factories.follows import follow
from tests.factories.incidents import make_incident, make_incident_picture
from tests.factories.kept_files import belong_to_plans
from tests.factories.leaderboards import stand_and_flag
from tests.factories.messages import make_conversation
from tests.factories.notifications import choose
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.series import make_series
from tests.factories.subscriptions import subscription_of_quince
from tests.factories.tokens import make_personal_token
from tests.factories.training import make_activity, make_gear
from tests.factories.webhooks import make_webhook

PHONE, OLD_PHONE, CONTACT = "+989127654321", "+989127654320", "+989127650000"
WORDS = (
    "Zarrinpoush",
    "zarrin_runs",
    "zarrin@example.org",
    "Zibakenar",
    "quince-bio",
    "quince-card",
    "quince-name",
    "quince-line",
    "quince-note",
    "quince-alone",
    "quince-place",
    "quince-contact",
    "quince-draft",
    "quince-notice",
    "quince-crew",
    "quince-report",
    "192.0.2.77",
    "quince-browser",
    PHONE,
    OLD_PHONE,
    CONTACT,
    PHONE[3:],
)
"""Nothing of it is to be found when the person is erased."""
STAYS = ("quince-comment", "quince-title", "quince-message", "quince-written", "quince-happened")
"""What others were part of, or had: it stays, without the name."""


@dataclass
class FullPerson:
    """The person, and who and what is left when they are gone."""

    person: Person
    friend: Person
    run: Run
    to_come: Run


def make_full_person() -> FullPerson:
    """Zarrin has done all there is to do here, and her friend with her."""
    earlier = make_person()
    person = make_person(
        quiet_from=time(22),
        quiet_to=time(7),
        phone=PHONE,
        name="Zarrin Zarrinpoush",
        bio="quince-bio",
        city="Zibakenar",
        gender="female",
        birth_year=1990,
        handle="zarrin_runs",
        email="zarrin@example.org",
        email_verified_at=clock.now(),
        emergency_name="quince-contact",
        emergency_phone=CONTACT,
    )
    friend = make_person(name="Reza Friend")
    run = make_past_run(person, friend)
    make_run(person, title="quince-alone", place="quince-place", starts_local=in_days(-20))
    make_people_around(person, friend)
    for other in (earlier, friend):  # one whose id sorts before hers, and one after
        make_conversation(person, other, "quince-written", "And an answer", unread=1)
    make_traces_of_signing_in(person)
    make_reports(person, friend)
    to_come = make_run(friend, title="To come")
    take_part(to_come, person, note="quince-note")
    take_part(make_run(friend), person, "LEFT", note="quince-note")
    reserve_handle("zarrin_before", person)
    made(Reminder, run_id=to_come.id, person_id=person.id, kind="evening", start="2026-11-23")
    add_organiser(to_come, person)
    given = make_run(person, title="Given")
    offer_run(person, given.id, add_organiser(given, friend).id, stays=True)
    accept(friend, given.id, OWNER, keeps_owner=True)
    invite_by_number(person, run.id, ["+989350000042"])
    offer_run(friend, to_come.id, person.id)
    made(JoinSmsOff, run_id=given.id, person_id=person.id)
    made(Mute, person_id=person.id, subject_kind="run", subject_id=given.id)
    choose(person, run_comment={"mail": True})
    stop_sms(person.phone)
    make_series(friend, person, title="Every week")
    made(RunInvite, run_id=given.id, person_id=person.id, asker_id=friend.id)
    made(RunInvite, run_id=run.id, person_id=friend.id, asker_id=person.id)
    follow(person, friend)
    make_crew_of(person, friend)
    make_duties(person, friend)
    make_activity(person, note="quince-note", run_id=run.id)
    make_training(person)
    make_gear(person, name="quince-shoes")
    stand_and_flag(person, friend, reason="quince-flag")
    earn_badges(person, friend, mark="quince")
    make_coaching_of(person, friend)
    belong_to_plans(person, friend, "quince")
    make_incidents(person, friend)
    make_check_in(person, make_crew(friend, person), note="quince-check-in")
    make_device(person)
    make_personal_token(person)
    make_webhook(person)
    subscription_of_quince(person, friend)
    follow(friend, person)
    make_series(person, friend, title="quince-title series")
    notify(
        [friend.id],
        "interest_accepted",
        actor_id=person.id,
        subject_id=person.id,
        data={"interest": str(person.id)},
        event="told of her",
    )
    notify(
        [person.id],
        "interest_accepted",
        actor_id=friend.id,
        subject_id=friend.id,
        data={"interest": str(person.id)},
        event="told her",
    )
    return FullPerson(person, friend, run, to_come)


def make_past_run(person: Person, friend: Person) -> Run:
    """Return a past run of the person to which her friend came, with everything that can belong to it."""
    run = make_run(person, title="quince-title", description="Along the river", starts_local=in_days(-30))
    take_part(run, friend, "COMPLETED")
    take_part(run, person, "COMPLETED", note="quince-note", late_min=5)
    mine, theirs = participation_of(person, run.id), participation_of(friend, run.id)
    assert mine is not None and theirs is not None
    theirs.together_with_id = person.id
    for part in (mine, theirs):
        made(Attendance, participation_id=part.id, marked="COMPLETED", marked_at=clock.now(), marked_by_id=person.id)
    add_organiser(run, friend)
    made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=360, leader_id=person.id)
    made(PaceGroup, run_id=run.id, position=1, name="Fast", pace=300, leader_id=friend.id, leader_asker_id=person.id)
    make_comment(run, person, text="quince-comment")
    made(Thanks, run_id=run.id, person_id=person.id)
    for text, sent_at in (("quince-message", clock.now()), ("quince-draft", None)):
        made(
            RunMessage, run_id=run.id, sender_id=person.id, text=text, statuses=["GOING"], by_sms=False, sent_at=sent_at
        )
    make_picture(run, person)
    make_route(run, added_by_id=person.id)
    made(HiddenZone, person_id=person.id, north=35.7, east=51.4)
    storage.put(f"{posters.folder_of(run)}/en-0123456789abcdef.png", b"with Zarrin Zarrinpoush")
    return run


def make_people_around(person: Person, friend: Person) -> None:
    """Cards, interests both ways, blocks both ways, who waited for her."""
    make_interest(friend, make_card(person, title="quince-card", description="quince-card"), ACCEPTED, "quince-line")
    make_interest(person, make_card(friend), line="quince-line")
    blocked = make_person()
    made(Block, blocker_id=person.id, blocked_id=blocked.id)
    made(Block, blocker_id=make_person().id, blocked_id=person.id)
    now = clock.now()
    made(
        Watch,
        person_id=person.id,
        place="quince-place",
        contact_name="quince-contact",
        contact_phone=CONTACT,
        expected_at=now,
        heard_at=now,
        status=HOME,
        ended_at=now,
    )
    for looker, seen in ((friend, person), (person, friend)):
        made(PhoneLook, person_id=seen.id, organiser_id=looker.id, run_id=make_run(looker).id, last_at=now)
    made(
        ContactLook,
        person_id=person.id,
        organiser_id=friend.id,
        run_title="quince-title",
        hour=now.replace(minute=0, second=0, microsecond=0),
    )
    made(
        ContactLook,
        person_id=friend.id,
        organiser_id=person.id,
        run_title="A run",
        hour=now.replace(minute=0, second=0, microsecond=0),
    )
    send_sms(
        CONTACT,
        "safety/sms/late.txt",
        {
            "name": person.name,
            "place": "quince-place",
            "run": "",
            "starts_at": "",
            "heard_at": now.isoformat(),
            "expected_at": now.isoformat(),
            "tell_at": now.isoformat(),
        },
        purpose="home_safe",
        key="late",
        locale="en",
        person_id=person.id,
    )


def make_reports(person: Person, friend: Person) -> None:
    """She reported, was reported, and decided."""
    report = {"kind": "person", "reason": "other", "words": "quince-report"}
    made(Report, **report, reporter_id=person.id, subject_id=friend.id, about_id=friend.id, shown={})
    made(
        Report,
        **report,
        reporter_id=friend.id,
        subject_id=person.id,
        about_id=person.id,
        shown={"name": person.name},
        state="decided",
        decided_at=clock.now(),
        decided_by_id=person.id,
    )
    decided = {"person_id": person.id, "by_id": person.id, "note": "quince-report", "address": "192.0.2.77"}
    appealed = {"state": "decided", "is_granted": False, "decided_at": clock.now(), "decided_by_id": person.id}
    decision_id = made(Decision, **decided, decision="nothing").id
    made(SiteMessage, sender_id=person.id, text="Closed on Friday", channels=[])
    made(BanAppeal, person_id=person.id, decision_id=decision_id, words="quince-report", **appealed)
    quince = {"account": "quince-report"}
    about = {"subject_kind": "report", "subject_label": "quince-report", "about_id": person.id, "address": "192.0.2.77"}
    about |= {"before": quince, "after": quince, "reason": "quince-report"}
    made(AuditEntry, actor_id=person.id, source="web", action="moderation.decided", **about)


def make_crew_of(person: Person, friend: Person) -> None:
    """Let her have a crew with her friend, and things that she did and asks in crews."""
    crew = make_crew(person, friend)
    make_invitation(crew, person)
    made(CrewNotice, crew_id=crew.id, author_id=person.id, text="quince-notice")
    made(CrewLogEntry, crew_id=crew.id, actor_id=person.id, person_id=person.id, what="created")
    choose_in_crew(person, crew.id, asking="shared")
    choose_for_all(person, sharing="crew")
    made(CheckInReminder, crew_id=crew.id, person_id=person.id, period_from=date(2026, 11, 28), day=3)
    made(CheckInNudge, crew_id=crew.id, person_id=person.id, nudged_at=clock.now())
    made(NudgeRound, crew_id=crew.id, actor_id=person.id)
    made(NewcomerQuestion, crew_id=crew.id, person_id=person.id)
    make_crew_picture(crew, person)
    make_group(crew, membership_of(person, crew.id))
    make_number_invitation(crew, person, "+989121110098")
    make_number_invitation(make_crew(friend), friend, PHONE)
    made(CheckInImport, person_id=person.id, rows=[], bad=[], targets={})
    earlier = make_check_in(person, crew)
    made(ImportedCheckIn, person_id=person.id, check_in_id=earlier.id, source="1")
    drift = {"crew_id": crew.id, "person_id": person.id, "since": date(2026, 11, 28)}
    made(Drift, **drift, reason="stopped", basis="shared", periods=3)
    made(DriftLook, **drift, viewer_id=friend.id, last_at=clock.now())
    made(DriftLook, **drift | {"person_id": friend.id}, viewer_id=person.id, last_at=clock.now())
    asked = make_crew(friend, is_listed=True, joining="request")
    made(CrewRequest, crew_id=asked.id, person_id=person.id, line="quince-crew")


def make_duties(person: Person, friend: Person) -> None:
    """Let her have duties, come along on one, and be asked to take one."""
    crew = make_crew(person, friend)
    schedule = make_schedule(crew, author_id=person.id)
    booking = make_booking(schedule, person)
    starts_at = booking.starts_at + timedelta(days=1)
    theirs = make_booking(schedule, friend, starts_at, buddy_id=person.id, attendance_by_id=person.id)
    made(Standby, schedule_id=schedule.id, starts_at=starts_at, person_id=person.id)
    made(Offer, booking_id=theirs.id, kind="give", person_id=person.id)
    made(Qualification, crew_id=crew.id, person_id=person.id, name="First aid")
    at = {"schedule_id": schedule.id, "starts_at": starts_at, "begins_at": starts_at, "day": starts_at.date()}
    for author, asked in ((person, friend), (friend, person)):
        appeal = made(Appeal, **at, author_id=author.id)
        made(Ask, appeal_id=appeal.id, person_id=asked.id)
    made(AppealChoice, crew_id=crew.id, person_id=person.id)
    did = {"closed_at": clock.now(), "had_incidents": False, "said": 2, "corrected_at": clock.now()}
    hers = {"closed_by_id": person.id, "corrected_by_id": person.id, "thanked_by_id": person.id}
    make_closeout(crew, **did, **hers, thanks="quince-thanks", thanked_at=clock.now())
    stopped = {"state": "stopped", "approved_at": clock.now(), "stopped_at": clock.now(), "last_id": friend.id}
    make_broadcast(crew, person, text="quince-message", stopped_by_id=person.id, **stopped)
    made(Board, crew_id=crew.id, author_id=person.id)


def make_incidents(person: Person, friend: Person) -> None:
    """Let her report, be concerned by a report, add to it, take it over, and look."""
    at = {"place": "quince-place", "involved": "quince-note", "latitude": 35.7, "longitude": 51.4}
    hers = make_incident(person, friend, severity=1, text="quince-happened", **at)
    make_incident_picture(hers, person)
    theirs = make_incident(friend, person, severity=2, taken_by=person)
    made(IncidentEntry, incident_id=theirs.id, person_id=person.id, text="quince-happened")
    for looker, seen in ((person, friend), (friend, person)):
        made(IncidentLook, incident_id=theirs.id, person_id=seen.id, looker_id=looker.id)


def make_traces_of_signing_in(person: Person) -> None:
    """Sessions, devices, codes, tries, copies, another number before."""
    now = clock.now()
    make_session(person, address="192.0.2.77", user_agent="quince-browser")
    made(
        OpenIdAccount, person_id=person.id, issuer="https://quince.example", subject="quince-there", email="q@q.example"
    )
    flow = {"purpose": "link", "state_hash": "a state", "browser_hash": "a browser", "next_path": "/me/ways"}
    soon = now + timedelta(minutes=10)
    made(OpenIdFlow, person_id=person.id, email="quince-flow@example.org", expires_at=soon, **flow)
    make_mail_link(person, "quince-link@example.org", "quince-token", network="192.0.2.78")
    make_passkey(person, name="quince-passkey")
    made(Password, person_id=person.id, hash="quince-hash")
    made(PasswordTries, name_hash=name_hash(person.phone), wrong_in_a_row=1)
    made(PasskeyChallenge, purpose="prove", challenge=b"quince", browser_hash="a browser", person_id=person.id)
    device = made(Device, person_id=person.id, token_hash="known", last_sign_in_at=now)
    make_code(person.phone, device_id=device.id, network="192.0.2.77")
    made(NumberTries, phone=person.phone, wrong_in_a_row=1)
    make_feed(person)
    face = made(PersonPicture, person_id=person.id, widths=[512, 256, 64], height=512)
    storage.put(f"{face.folder}/512.webp", b"RIFF....WEBP")
    made(
        EmailVerification,
        person_id=person.id,
        address="zarrin@example.org",
        token_hash="quince-token",
        expires_at=now,
        used_at=now,
    )
    make_export(person)
    made(PhoneChange, person_id=person.id, old_phone=OLD_PHONE, new_phone=PHONE, created_at=now - timedelta(days=1))
    db.session.flush()
