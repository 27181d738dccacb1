"""Athletes of a coach, and the coaches of an athlete."""

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from hampa.api.coaching_shapes import (
    AthleteData,
    AthleteRowData,
    AthleteStatus,
    CoachAskData,
    CoachData,
    CoachedPlanData,
    CoachInvitationData,
    CoachRole,
    EventData,
    PlanStatus,
    Right,
    event_as_data,
)
from hampa.api.shapes import stamps_as_data, summary_as_data
from hampa.coaching.actions import agreements, athletes as actions
from hampa.coaching.actions.sessions import create_plan_for
from hampa.coaching.forms.athletes import AthleteForm, InviteAthleteForm
from hampa.coaching.forms.sessions import AthletePlanForm
from hampa.coaching.models.athletes import ACTIVE, ASSISTANT, LONGEST_NAME, LONGEST_NOTE, LONGEST_RACE, RIGHTS, Athlete
from hampa.coaching.queries import athletes as queries
from hampa.coaching.queries.coached import CoachedFilters, CoachedPlanRow, coached_plans
from hampa.coaching.queries.events import KINDS, timeline_of
from hampa.coaching.queries.invitations import invitation_for, open_invitation, summary_of, token_of
from hampa.coaching.queries.roster import FILTERS, RosterFilters, RosterRow, roster_of
from hampa.people.queries import person_for
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.models.plans import LONGEST_DESCRIPTION, LONGEST_NAME as LONGEST_PLAN

resource = Resource("coaching", _l("Coaching"), scope="coaching")


class RosterQuery(Paging):
    """Which athletes."""

    status: Annotated[str, OneOf(*FILTERS)] | None = None
    coach: uuid.UUID | None = None
    plan: uuid.UUID | None = None
    q: str | None = Field(None, max_length=80)


class TimelineQuery(Paging):
    """Which events."""

    kind: Annotated[str, OneOf(*KINDS)] | None = None


class CoachedPlansQuery(Paging):
    """Which plans."""

    status: PlanStatus | None = None
    athlete: uuid.UUID | None = None
    q: str | None = Field(None, max_length=80)


class AthleteBody(Body):
    """What you keep of an athlete; `phone` is in E.164."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    phone: str | None = None
    email: str | None = None
    birth_year: int | None = None
    goal_race: str = Field("", max_length=LONGEST_RACE)
    goal_race_on: dt.date | None = Field(None, strict=False)
    note: str = Field("", max_length=LONGEST_NOTE)
    status: AthleteStatus = ACTIVE


class AthleteChange(AthleteBody):
    """What changes of a record."""

    name: str = Field("", min_length=1, max_length=LONGEST_NAME)


class InvitationBody(Body):
    """The number that is invited; without one there is a link."""

    phone: str | None = None


class CoachBody(Body):
    """As what somebody coaches."""

    role: CoachRole = ASSISTANT


class RightsBody(Body):
    """What a coach may see and change."""

    rights: list[Right] = Field(max_length=len(RIGHTS))


class CoachedPlanBody(Body):
    """A plan for an athlete, which leads to a race if there is one."""

    name: str = Field(min_length=1, max_length=LONGEST_PLAN)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    race_on: dt.date | None = Field(None, strict=False)


@resource.get("/me/athletes")
def list_athletes(query: RosterQuery) -> Page[AthleteRowData]:
    """List your athletes, those who need a word first."""
    filters = RosterFilters(query.status or "", query.coach, query.plan, query.q or "")
    return roster_of(me(), filters, query.after, query.limit).of_rows(_row)


@resource.get("/me/athletes/plans")
def list_athletes_plans(query: CoachedPlansQuery) -> Page[CoachedPlanData]:
    """List the plans of your athletes, the latest first."""
    filters = CoachedFilters(query.status or "", query.athlete, query.q or "")
    return coached_plans(me(), filters, query.after, query.limit).of_rows(_plan)


@resource.post("/athletes")
def create_athlete(body: AthleteBody) -> Created[AthleteData]:
    """Keep a record of an athlete."""
    made = actions.create_athlete(me(), valid_form(AthleteForm, body).values())
    return Created(_athlete(made.id), f"/athletes/{made.id}")


@resource.get("/athletes/<uuid:athlete_id>")
def read_athlete(athlete_id: uuid.UUID) -> AthleteData:
    """Return an athlete of yours."""
    return _athlete(athlete_id)


@resource.patch("/athletes/<uuid:athlete_id>", locks=Athlete)
def change_athlete(athlete_id: uuid.UUID, body: AthleteChange) -> AthleteData:
    """Change the record of an athlete."""
    seen = queries.athlete_for(me(), athlete_id, changes=True)
    actions.change_athlete(me(), athlete_id, valid_form(AthleteForm, body, obj=seen.record).values())
    return _athlete(athlete_id)


@resource.delete("/athletes/<uuid:athlete_id>", locks=Athlete)
def delete_athlete(athlete_id: uuid.UUID) -> None:
    """Delete a record with all that coaches keep on it; plans go with it unless the athlete has an account."""
    actions.delete_athlete(me(), athlete_id)


@resource.put("/athletes/<uuid:athlete_id>/archive")
def archive_athlete(athlete_id: uuid.UUID) -> None:
    """Put a record into the archive."""
    actions.archive_athlete(me(), athlete_id, archived=True)


@resource.delete("/athletes/<uuid:athlete_id>/archive")
def unarchive_athlete(athlete_id: uuid.UUID) -> None:
    """Take a record out of the archive."""
    actions.archive_athlete(me(), athlete_id, archived=False)


@resource.put("/athletes/<uuid:athlete_id>/seen")
def look_at_athlete(athlete_id: uuid.UUID) -> None:
    """Note that you have seen what an athlete did and said."""
    actions.look_at(me(), athlete_id)


@resource.put("/athletes/<uuid:athlete_id>/invitation")
def invite_athlete(athlete_id: uuid.UUID, body: InvitationBody) -> AthleteData:
    """Invite an athlete by number or link; an earlier invitation is over with it."""
    queries.athlete_for(me(), athlete_id, decides=True)
    form = valid_form(InviteAthleteForm, body)
    agreements.invite_athlete(me(), athlete_id, form.phone.data or None)
    return _athlete(athlete_id)


@resource.delete("/athletes/<uuid:athlete_id>/invitation")
def end_athlete_invitation(athlete_id: uuid.UUID) -> None:
    """End the invitation of an athlete."""
    agreements.revoke_invitation(me(), athlete_id)


@resource.put("/athletes/<uuid:athlete_id>/coaches/<uuid:person_id>")
def set_athlete_coach(athlete_id: uuid.UUID, person_id: uuid.UUID, body: CoachBody) -> None:
    """Ask a companion to coach an athlete too, change what a coach is, or ask one to be the head."""
    seen = queries.athlete_for(me(), athlete_id, decides=True)
    person_for(me(), person_id)
    if any(one.person.id == person_id for one in queries.coaches_of(me(), seen.record)):
        actions.set_role(me(), athlete_id, person_id, body.role)
    else:
        actions.add_coach(me(), athlete_id, person_id, body.role)


@resource.delete("/athletes/<uuid:athlete_id>/coaches/<uuid:person_id>")
def remove_athlete_coach(athlete_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Remove a further coach, or leave."""
    actions.remove_coach(me(), athlete_id, person_id)


@resource.get("/me/athletes/asked")
def list_coach_asks() -> list[CoachAskData]:
    """List who asks you to coach one of their athletes too, or to be the head coach."""
    return [
        {"athlete_id": one.athlete_id, "head": summary_as_data(one.head), "role": one.role, "since": one.since}
        for one in queries.coach_asks(me())
    ]


@resource.put("/me/athletes/asked/<uuid:athlete_id>")
def agree_to_coach_too(athlete_id: uuid.UUID) -> None:
    """Agree to coach an athlete too, and one with an account is asked next; or to be the head, whom the athlete is told."""
    actions.answer_to_coach(me(), athlete_id, accept=True)


@resource.delete("/me/athletes/asked/<uuid:athlete_id>")
def decline_to_coach_too(athlete_id: uuid.UUID) -> None:
    """Say that you do not coach an athlete too, or are not the head; nobody is told."""
    actions.answer_to_coach(me(), athlete_id, accept=False)


@resource.get("/athletes/<uuid:athlete_id>/timeline")
def list_athlete_events(athlete_id: uuid.UUID, query: TimelineQuery) -> Page[EventData]:
    """List what happened with an athlete, the latest first."""
    seen = queries.athlete_for(me(), athlete_id)
    return timeline_of(me(), seen, query.kind or "", query.after, query.limit).of_rows(event_as_data)


@resource.post("/athletes/<uuid:athlete_id>/plans", names_others=True)
def create_athlete_plan(athlete_id: uuid.UUID, body: CoachedPlanBody) -> Created[CoachedPlanData]:
    """Make a plan for an athlete."""
    queries.athlete_for(me(), athlete_id, "plans", changes=True)
    form = valid_form(AthletePlanForm, body)
    made = create_plan_for(me(), athlete_id, form.values(), form.race_on.data)
    rows = coached_plans(me(), CoachedFilters(athlete_id=athlete_id), size=1).items
    return Created(_plan(rows[0]), f"/plans/{made.id}")


@resource.get("/me/coaches")
def list_coaches() -> list[CoachData]:
    """List who coaches you and who asks to, with what you let each see and change."""
    return [_coach(one) for one in queries.own_coaches(me())]


@resource.put("/me/coaches/<uuid:athlete_id>/<uuid:person_id>")
def set_rights(athlete_id: uuid.UUID, person_id: uuid.UUID, body: RightsBody) -> None:
    """Say what a coach may see and change of you, which also agrees to one who asks."""
    agreements.set_rights(me(), athlete_id, person_id, body.rights)


@resource.delete("/me/coaches/<uuid:athlete_id>/<uuid:person_id>")
def end_coach(athlete_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Take everything back from a coach, or decline one who asks."""
    agreements.end(me(), athlete_id, person_id)


@resource.get("/coached/<link>")
def read_coach_invitation(link: str) -> CoachInvitationData:
    """Return who invites you by a link, or by the id of an invitation to your number."""
    invitation, _record, coach = invitation_for(me(), link)
    return {"coach": summary_as_data(summary_of(coach)), "expires_at": invitation.expires_at}


@resource.put("/coached/<link>")
def agree_to_coach(link: str, body: RightsBody) -> None:
    """Let who invites you coach you, with these rights."""
    agreements.agree(me(), link, body.rights)


@resource.delete("/coached/<link>")
def decline_coach(link: str) -> None:
    """End an invitation; nobody is told."""
    agreements.decline(me(), link)


def _row(row: RosterRow) -> AthleteRowData:
    return {
        "id": row.id,
        "name": row.name,
        "person_id": row.person_id,
        "status": row.status,
        "archived": row.archived_at is not None,
        "goal_race": row.goal_race,
        "goal_race_on": row.goal_race_on,
        "role": row.role,
        "missed": row.missed,
        "percent": row.percent,
        "drifts": row.drifts,
        "waiting": row.waiting,
        **stamps_as_data(row),
    }


def _athlete(athlete_id: uuid.UUID) -> AthleteData:
    seen = queries.athlete_for(me(), athlete_id)
    record = seen.record
    invitation = open_invitation(record.id) if record.person_id is None and seen.decides else None
    return {
        "id": record.id,
        "name": record.name,
        "person_id": record.person_id,
        "phone": record.phone,
        "email": record.email,
        "birth_year": record.birth_year,
        "goal_race": record.goal_race,
        "goal_race_on": record.goal_race_on,
        "note": record.note,
        "status": record.status,
        "archived_at": record.archived_at,
        "role": seen.coach.role,
        "rights": seen.coach.rights,
        "coaches": [
            {
                "person": summary_as_data(one.person),
                "role": one.role,
                "asked": one.is_asked,
                "waiting": one.is_waiting,
                "asked_to_head": one.is_head_asked,
            }
            for one in queries.coaches_of(me(), record)
        ],
        "link": token_of(invitation) if invitation is not None and invitation.number is None else None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "version": record.version,
    }


def _coach(one: queries.OwnCoach) -> CoachData:
    return {
        "athlete_id": one.athlete_id,
        "person": summary_as_data(one.person),
        "role": one.role,
        "rights": list(one.rights),
        "asking": one.is_asking,
        "since": one.since,
    }


def _plan(row: CoachedPlanRow) -> CoachedPlanData:
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "race_on": row.race_on,
        "athlete_id": row.athlete_id,
        "athlete": row.athlete,
        "sessions": row.sessions,
        **stamps_as_data(row),
    }
