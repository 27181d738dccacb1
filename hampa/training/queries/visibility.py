"""Who sees what of an activity: the activity itself, its line on the map, and its pulse.

This is the one rule for pages, lists, sums, boards, pictures, exports and programs. A line that others may see is cut at
the hidden zones of its person. A whole distance or time beside it would measure the part that is hidden, so all others
are told the numbers of the visible part: `told` and `told_columns`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from hampa.cards.queries.interests import companion_ids
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, names_people, stand_in, summary_columns
from hampa.platform.db import constants
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.training.models.activities import CIRCLES, COMPANIONS, CREW, EVERYONE, ME, Activity
from hampa.training.models.choices import TrainingChoices
from hampa.training.queries.rows import ROW, ActivityRow

TOLD = ("duration_s", "distance_m", "climb_m")
ONE_SECOND = timedelta(seconds=1)


Showing = Callable[[Any, Any, str], ColumnElement[bool]]
_also_shown: list[Showing] = []


def also_shown_by(condition: Showing) -> Showing:
    """Show activities to whom a higher feature says, such as a coach.

    `condition` takes the ids of a viewer and of the activity's person, and what is shown: activities, map or heart.
    """
    _also_shown.append(condition)
    return condition


def _is_also_shown(viewer_id: Any, what: str) -> list[ColumnElement[bool]]:
    return [condition(viewer_id, Activity.person_id, what) for condition in _also_shown]


def is_shown_to(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a viewer sees an `Activity`; the statement has its `Person`."""
    others = and_(
        Person.state == "active",
        Activity.person_id.not_in(hidden_from(viewer.id)),
        or_(_is_in_circle(viewer, Activity.visibility), *_is_also_shown(viewer.id, "activities")),
    )
    return or_(Activity.person_id == viewer.id, others)


def map_is_shown_to(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that who sees an `Activity` sees its line too."""
    also = _is_also_shown(viewer.id, "map")
    return or_(Activity.person_id == viewer.id, _is_in_circle(viewer, Activity.map_visibility), *also)


def heart_is_shown_to(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that who sees an `Activity` sees its pulse too."""
    also = _is_also_shown(viewer.id, "heart")
    return or_(Activity.person_id == viewer.id, _is_in_circle(viewer, Activity.heart_visibility), *also)


def _is_in_circle(viewer: Person, circle: Any) -> ColumnElement[bool]:
    """Return the condition that a viewer belongs to a circle around the person of an `Activity`."""
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    in_one_crew = exists().where(
        *(mine.person_id == viewer.id, mine.status == ACTIVE),
        *(theirs.crew_id == mine.crew_id, theirs.person_id == Activity.person_id, theirs.status == ACTIVE),
    )
    return or_(
        circle == EVERYONE,
        and_(circle == COMPANIONS, Activity.person_id.in_(companion_ids(viewer.id))),
        and_(circle == CREW, in_one_crew.correlate(Activity)),
    )


def counts_for(viewer_id: Any) -> ColumnElement[bool]:
    """Return the condition that an `Activity` counts in sums that a viewer is told.

    What others keep for themselves does not: from two sums one would learn what it was.
    """
    return or_(Activity.person_id == viewer_id, Activity.visibility.not_in(constants(ME)))


@names_people
def is_named_by_activities(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` has an activity which everybody who is signed in may see."""
    if viewer is None:
        return false()
    return exists().where(Activity.person_id == Person.id, Activity.visibility.in_(constants(EVERYONE)))


def is_cut(viewer_id: Any = None) -> ColumnElement[bool]:
    """Return the condition that others may see the line of an `Activity`, and are told its visible part alone.

    With a viewer it holds too where a higher feature shows the line to them.
    """
    also = _is_also_shown(viewer_id, "map") if viewer_id is not None else []
    return and_(Activity.visible_duration_s.is_not(None), or_(Activity.map_visibility != ME, *also))


def told(name: str, viewer_id: Any = None) -> ColumnElement[Any]:
    """Return what others are told of a number of an `Activity` (`TOLD`); its person, if given as viewer, gets all."""
    whole = getattr(Activity, name)
    visible = getattr(Activity, f"visible_{name}")
    if name == "duration_s":
        visible = func.least(visible, whole)
    cut = is_cut(viewer_id)
    if viewer_id is not None:
        cut = and_(Activity.person_id != viewer_id, cut)
    return case((cut, visible), else_=whole)


def told_with(name: str, sees_map: Any) -> ColumnElement[Any]:
    """Return what others are told of a number of an `Activity`, of whom a column says whether its line is shown to them."""
    visible = getattr(Activity, f"visible_{name}")
    if name == "duration_s":
        visible = func.least(visible, Activity.duration_s)
    cut = and_(or_(Activity.map_visibility != ME, sees_map), Activity.visible_duration_s.is_not(None))
    return case((cut, visible), else_=getattr(Activity, name))


def told_columns(viewer: Person) -> list[ColumnElement[Any]]:
    """Return the columns of an `ActivityRow` as a viewer may know them.

    Of what others cut they learn no end but that of the visible time, and not when it was written down, which is when
    somebody is back at home.
    """
    cut = and_(is_cut(viewer.id), Activity.person_id != viewer.id)
    end = Activity.started_at + told("duration_s", viewer.id) * literal(ONE_SECOND)
    instead = {name: told(name, viewer.id) for name in TOLD}
    instead["gear_id"] = case((Activity.person_id == viewer.id, Activity.gear_id))
    instead |= {
        name: case((cut, end), else_=getattr(Activity, name)) for name in ("ended_at", "created_at", "updated_at")
    }
    return [instead.get(name, column) for name, column in zip(ActivityRow.__slots__, ROW, strict=True)]


@dataclass(frozen=True)
class SeenActivity(ActivityRow):
    """An activity as a viewer sees it, with whose it is, and whether they see its line and its pulse."""

    person: PersonSummary
    is_own: bool
    sees_map: bool
    sees_heart: bool

    @property
    def person_id(self) -> uuid.UUID:
        """Return the id of its person."""
        return self.person.id

    @property
    def breaks_s(self) -> int:
        """Return the seconds of its breaks."""
        return max(0, round((self.ended_at - self.started_at).total_seconds()) - self.duration_s)


def activity_for(viewer: Person, activity_id: uuid.UUID) -> SeenActivity:
    """Return an activity that a viewer sees, as they see it. Raise NotFound."""
    row = _activity_row(viewer.id, activity_id).first()
    if row is None:
        raise NotFound
    person, sees_map, sees_heart = row[len(ROW) :]
    numbers = ActivityRow(*row[: len(ROW)])
    return SeenActivity(
        **{name: getattr(numbers, name) for name in ActivityRow.__slots__},
        person=person,
        is_own=person.id == viewer.id,
        sees_map=sees_map,
        sees_heart=sees_heart,
    )


@built_once
def _activity_row(viewer_id: uuid.UUID, activity_id: uuid.UUID) -> Any:
    viewer = stand_in(viewer_id)
    query = select(*told_columns(viewer), summary_columns(), map_is_shown_to(viewer), heart_is_shown_to(viewer))
    query = query.select_from(Activity).join(Person, Person.id == Activity.person_id)
    return query.where(Activity.id == activity_id, is_shown_to(viewer))


def choices_of(person_id: uuid.UUID) -> dict[str, str]:
    """Return who sees new activities of a person, by `CIRCLES`."""
    return dict(zip(CIRCLES, _choices(person_id).first() or (ME, ME, ME), strict=True))


@built_once
def _choices(person_id: uuid.UUID) -> Any:
    columns = [getattr(TrainingChoices, name) for name in CIRCLES]
    return select(*columns).where(TrainingChoices.person_id == person_id)


def activities_seen(viewer_id: Any, person_id: Any, *, is_own: bool) -> Select[Any]:
    """Return a SELECT of the `ActivityRow` of a person that a viewer sees; of oneself, those that others see."""
    viewer = stand_in(viewer_id)
    query = select(*told_columns(viewer)).select_from(Activity).join(Person, Person.id == Activity.person_id)
    query = query.where(Activity.person_id == person_id, is_shown_to(viewer))
    return query.where(Activity.visibility != ME) if is_own else query
