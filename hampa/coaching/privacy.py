"""Export and erasure of coaching: what coaches keep, who coaches a person, and the sessions of their plans."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import array

from hampa.coaching.actions.athletes import leave_all
from hampa.coaching.models.athletes import Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.availability import Availability, AvailabilityException
from hampa.coaching.models.deadlines import DeadlineChoice
from hampa.coaching.models.sessions import PlanSession
from hampa.coaching.models.templates import PlanTemplate, TemplateGiving
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.invitations import hashes_of
from hampa.coaching.queries.owners import own_records
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.models.plans import OWNER, PlanMember

privacy_registry.holds(Athlete.person_id, noun="coaching_of_me", fate="delete")
privacy_registry.holds(Coach.coach_id, noun="coached_athletes", fate="delete")
privacy_registry.holds(Coach.person_id, noun="coaches", fate="delete")
privacy_registry.holds(AthleteInvitation.coach_id, noun="coaching_invitations", fate="delete")
privacy_registry.holds(CoachingEvent.person_id, noun="coaching_events", fate="empty")
privacy_registry.holds(PlanTemplate.coach_id, noun="plan_templates", fate="delete")
privacy_registry.holds(Availability.person_id, noun="availability", fate="delete")
privacy_registry.holds(AvailabilityException.person_id, noun="availability_exceptions", fate="delete")
privacy_registry.holds(DeadlineChoice.person_id, noun="deadline_choices", fate="delete")
privacy_registry.holds(TemplateGiving.coach_id, noun="template_givings", fate="delete")

ANSWER = ("felt_effort", "feeling", "line")
RECORD = "id name phone email birth_year goal_race goal_race_on"


@privacy_registry.exports("coached_athletes", _l("Athletes whom you coach, as you keep them"))
def export_athletes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the records that the person sees, with their role in each."""
    columns = privacy_registry.columns(Athlete, f"{RECORD} note status archived_at created_at updated_at")
    query = select(*columns, Coach.role).join(Coach, Coach.athlete_id == Athlete.id)
    seen = coach_may(person.id, Athlete.id)
    return privacy_registry.rows_in_order(query.where(Coach.coach_id == person.id, seen), Athlete)


@privacy_registry.exports("coaching_of_me", _l("What coaches keep of you, without their notes"))
def export_of_me(person: Person) -> Iterable[dict[str, Any]]:
    """Return the records."""
    columns = f"{RECORD} status archived_at created_at updated_at"
    return privacy_registry.rows_of(person, Athlete.person_id, columns)


@privacy_registry.exports("coaches", _l("What you let each coach see and change"))
def export_coaches(person: Person) -> Iterable[dict[str, Any]]:
    """Return the rights, without who the coaches are."""
    columns = "id athlete_id role activities map heart checkins plans availability created_at updated_at"
    return privacy_registry.rows_of(person, Coach.person_id, columns)


@privacy_registry.exports("coaching_invitations", _l("Invitations that you sent to athletes"))
def export_invitations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invitations; `number` is there while one is open."""
    columns = "id athlete_id number created_at expires_at sent_at accepted_at revoked_at"
    return privacy_registry.rows_of(person, AthleteInvitation.coach_id, columns)


@privacy_registry.exports("coaching_events", _l("What you did in coaching, and with plans"))
def export_events(person: Person) -> Iterable[dict[str, Any]]:
    """Return what the person did, of athletes whom they still coach; `before` and `after` have what differs."""
    event = CoachingEvent
    query = select(*privacy_registry.columns(event, "id athlete_id plan_id what why before after is_told created_at"))
    seen = event.athlete_id.is_(None), event.athlete_id.in_(own_records(person)), coach_may(person.id, event.athlete_id)
    return privacy_registry.rows_in_order(query.where(event.person_id == person.id, or_(*seen)), event)


@privacy_registry.exports("plan_sessions", _l("Sessions of plans of yours"))
def export_sessions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the sessions of the plans that the person owns, with what became of each."""
    columns = (
        "id plan_id day kind distance_m duration_s effort text state excuse activity_id done_at done_distance_m"
        " done_duration_s felt_effort feeling line answered_at created_at updated_at"
    )
    query = select(*privacy_registry.columns(PlanSession, columns))
    query = query.join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
    owned = query.where(PlanMember.person_id == person.id, PlanMember.role == OWNER)
    return privacy_registry.rows_in_order(owned, PlanSession)


@privacy_registry.exports("plan_templates", _l("Templates of plans that you keep"))
def export_templates(person: Person) -> Iterable[dict[str, Any]]:
    """Return the templates."""
    return privacy_registry.rows_of(person, PlanTemplate.coach_id, "id name sessions milestones created_at updated_at")


@privacy_registry.exports("template_givings", _l("Templates that you gave to athletes"))
def export_givings(person: Person) -> Iterable[dict[str, Any]]:
    """Return what was given, without to whom."""
    columns = "id name template last_on has_race sessions milestones finished_at created_at updated_at"
    return privacy_registry.rows_of(person, TemplateGiving.coach_id, columns)


@privacy_registry.exports("availability", _l("When you have time to train"))
def export_availability(person: Person) -> Iterable[dict[str, Any]]:
    """Return the minutes from Monday to Sunday, null for any."""
    return privacy_registry.rows_of(person, Availability.person_id, "id days created_at updated_at")


@privacy_registry.exports("availability_exceptions", _l("Days on which you have other time than usual"))
def export_exceptions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the exceptions."""
    columns = "id first last minutes note created_at"
    return privacy_registry.rows_of(person, AvailabilityException.person_id, columns)


@privacy_registry.exports("deadline_choices", _l("On which days before deadlines you are reminded"))
def export_deadline_choices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the days, -1 for the day after."""
    return privacy_registry.rows_of(person, DeadlineChoice.person_id, "id days created_at updated_at")


@privacy_registry.erases
def erase_coaching(person: Person) -> None:
    """Let others follow a coach who goes, delete records without anybody, and forget invitations to the number."""
    leave_all(person)
    if person.phone:
        theirs = AthleteInvitation.number_hash.in_(hashes_of(person.phone))
        db.session.execute(delete(AthleteInvitation).where(theirs).execution_options(synchronize_session=False))


@privacy_registry.erases
def forget_words(person: Person) -> None:
    """Empty what the person said of sessions of plans that others go on with, and why they changed something."""
    owned = select(PlanMember.plan_id).where(PlanMember.person_id == person.id, PlanMember.role == OWNER)
    answers = update(PlanSession).where(PlanSession.plan_id.in_(owned))
    answers = answers.values(felt_effort=None, feeling="", line="")
    db.session.execute(answers.execution_options(synchronize_session=False))
    events = update(CoachingEvent).where(CoachingEvent.person_id == person.id)
    events = events.values(why="", after=CoachingEvent.after.op("-")(array(ANSWER)))
    db.session.execute(events.execution_options(synchronize_session=False))
