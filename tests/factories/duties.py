"""Schedules of duties, and bookings."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.boards.models import Board
from hampa.boards.queries import token_of
from hampa.broadcasts import actions as broadcast_actions
from hampa.broadcasts.models import Broadcast
from hampa.closeouts import actions as closeout_actions
from hampa.closeouts.models import CloseOut
from hampa.crews.models import Crew, CrewMembership
from hampa.duties.actions import notifying
from hampa.duties.actions.booking import book
from hampa.duties.actions.offers import offer
from hampa.duties.actions.reminding import remind, warn_of_short_shifts
from hampa.duties.models import Booking, Offer, Roster, Schedule
from hampa.duties.queries.occasions import day_bounds
from hampa.duties.queries.shifts import start_token
from hampa.duty_appeals.actions import appeal_automatically, choose
from hampa.duty_appeals.models import Appeal, Ask
from hampa.duty_appeals.queries import ShortShift
from hampa.duty_rosters.actions.rosters import draft, publish
from hampa.duty_rosters.queries.owners import roster_owner
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.base import made, number
from tests.factories.crews import make_crew

DUTY_NAMES = {"schedule_id", "start", "booking_id", "offer_id", "roster_id", "owner_kind", "owner_id", "day", "rule"}
DUTY_NAMES |= {"appeal_id", "closeout_id", "broadcast_id", "board_id", "board_token"}
"""The placeholders of routes for which `duty_values` has values."""


def make_schedule(crew: Crew | None = None, **given: Any) -> Schedule:
    """Make a published schedule, every day at six in Tehran from yesterday on."""
    usual = {
        "name": f"Duty {number()}",
        "rule": "0 6 * * *",
        "timezone": "Asia/Tehran",
        "start_date": clock.now().date() - dt.timedelta(days=1),
        "crew_id": crew.id if crew else None,
        "published_at": clock.now(),
    }
    return made(Schedule, **(usual | given))


def make_booking(schedule: Schedule, person: Person, starts_at: dt.datetime | None = None, **given: Any) -> Booking:
    """Book a person into a shift, the next one by default."""
    starts_at = starts_at or schedule.shift_rule.next_starts(clock.now(), 1)[0]
    times = {"starts_at": starts_at, "begins_at": starts_at, "ends_at": starts_at + schedule.duration}
    return made(Booking, **({"schedule_id": schedule.id, "person_id": person.id, "place": 1} | times | given))


def duty_values(crew: Crew, member: Person, buddy: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: a duty of a crew, the place of a member, and its offer to all."""
    usual = {"name": "Calm mornings", "max_people": 3, "rule": "0 */4 * * *", "duration_min": 60}
    schedule = db.session.scalar(select(Schedule).where(Schedule.crew_id == crew.id)) or make_schedule(crew, **usual)
    soon, later = (schedule.shift_rule.next_starts(clock.now() + dt.timedelta(hours=hours), 1)[0] for hours in (1, 24))
    taken = select(Booking).where(Booking.schedule_id == schedule.id, Booking.starts_at == later)
    booking = db.session.scalar(taken) or make_booking(schedule, member, later, buddy_id=buddy.id)
    offers = select(Offer).where(Offer.booking_id == booking.id)
    open_offer = db.session.scalar(offers) or made(Offer, booking_id=booking.id, kind="all")
    day = soon.astimezone(ZoneInfo(schedule.timezone)).date()
    ours = select(Roster).where(Roster.crew_id == crew.id, Roster.day == day)
    roster = db.session.scalar(ours) or made(Roster, crew_id=crew.id, day=day, published_at=clock.now())
    asked = select(Appeal.id).join(Ask, Ask.appeal_id == Appeal.id).where(Ask.person_id == member.id)
    appeal_id = db.session.scalar(asked)
    if appeal_id is None:
        at = {"schedule_id": schedule.id, "starts_at": soon, "begins_at": soon}
        appeal_id = made(Appeal, **at, author_id=buddy.id, day=day).id
        made(Ask, appeal_id=appeal_id, person_id=member.id)
    roster_ids = {
        "appeal_id": appeal_id,
        "roster_id": roster.id,
        "owner_kind": "crew",
        "owner_id": crew.id,
        "day": day,
        "rule": "filled",
    }
    ids = roster_ids | {"schedule_id": schedule.id, "booking_id": booking.id, "offer_id": open_offer.id}
    return ids | {"start": start_token(soon)} | occasion_values(crew, buddy)


def occasion_values(crew: Crew, coordinator: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: a day of a crew to be closed out, a message, and a board."""
    closeout = db.session.scalar(select(CloseOut).where(CloseOut.crew_id == crew.id)) or make_closeout(crew)
    messages = select(Broadcast).where(Broadcast.crew_id == crew.id)
    broadcast = db.session.scalar(messages) or make_broadcast(crew, coordinator)
    board = db.session.scalar(select(Board).where(Board.crew_id == crew.id)) or made(Board, crew_id=crew.id)
    ids = {"closeout_id": closeout.id, "broadcast_id": broadcast.id, "board_id": board.id}
    return ids | {"board_token": token_of(board)}


def make_closeout(crew: Crew, **given: Any) -> CloseOut:
    """Make the close-out of yesterday, which waits."""
    day = clock.now().date() - dt.timedelta(days=1)
    since, until = day_bounds(day, crew.timezone)
    times = {"day": day, "since": since, "until": until, "ended_at": until, "remind_at": until + dt.timedelta(hours=10)}
    return made(CloseOut, **({"crew_id": crew.id, "timezone": crew.timezone} | times | given))


def make_broadcast(crew: Crew, sender: Person, **given: Any) -> Broadcast:
    """Make a draft of a message to all volunteers of a crew."""
    usual = {"text": "Bring a lamp", "audience": "all", "timezone": crew.timezone, "channels": ["push"]}
    return made(Broadcast, **({"crew_id": crew.id, "sender_id": sender.id} | usual | given))


def tell_of_duties(actor: Person, reader: Person, mark: str) -> None:
    """Tell somebody all that there is to tell about duties, whose names have a mark."""
    schedule = make_schedule(
        make_crew(reader, actor), name=f"{mark} duty", max_people=2, rule="0 */6 * * *", warn_hours=9
    )
    first, second = schedule.shift_rule.next_starts(clock.now() + dt.timedelta(hours=12), 2)
    booking = book(reader, schedule.id, first, remind_min=60)
    offer(actor, make_booking(schedule, actor, second).id, "give", to_id=reader.id)
    notifying.tell_news([reader.id], booking, notifying.MOVED, actor.id)
    warn_of_short_shifts()
    owner, day = roster_owner(reader, "crew", schedule.crew_id), first.astimezone(ZoneInfo(schedule.timezone)).date()
    draft(reader, owner, day)
    publish(reader, owner, day)
    choose(reader, owner, wants=True)
    (later,) = schedule.shift_rule.next_starts(clock.now() + dt.timedelta(days=3), 1)
    appeal_automatically(ShortShift(schedule, later, later, 1), 14, 10)
    crew = db.session.get_one(Crew, schedule.crew_id)
    crew.name = f"{mark} crew"
    # A crew with no other duty: its day is over at any time of the day.
    tell_of_occasions(make_crew(reader, actor, name=f"{mark} crew"), actor, reader, mark)
    with clock.frozen(first - dt.timedelta(minutes=30)):
        remind()


def tell_of_occasions(crew: Crew, actor: Person, reader: Person, mark: str) -> None:
    """Ask somebody to close out a day of a crew that another coordinates too, thank them, and write to them."""
    for membership in db.session.scalars(select(CrewMembership).where(CrewMembership.crew_id == crew.id)):
        membership.role = "admin"
    schedule = make_schedule(crew, name=f"{mark} gate", duration_min=60)
    starts_at = clock.now() - dt.timedelta(hours=5)
    booking = make_booking(schedule, reader, starts_at)
    closeout_actions.ask(clock.now())
    closeout = db.session.scalars(select(CloseOut).where(CloseOut.crew_id == crew.id)).one()
    closeout_actions.close(actor, closeout.id, {booking.id: "attended"}, had_incidents=False, said=0)
    closeout_actions.thank(actor, closeout.id, f"{mark} thanks")
    closeout_actions.tell_thanks(closeout)
    message = make_broadcast(crew, actor, text=f"{mark} lamp", channels=["push", "sms", "mail"])
    broadcast_actions.approve(actor, message.id)
    broadcast_actions.send_chunk(message.id)
