"""Check-ins in crews."""

import uuid
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.checkins import actions, queries
from hampa.checkins.forms import CheckInForm
from hampa.checkins.models import (
    CREW,
    HEALTH,
    HIGHEST,
    LONGEST_NOTE,
    LOWEST,
    MOODS,
    PRIVATE,
    SCALES,
    SHARING,
    WELL,
    CheckIn,
)
from hampa.crews.queries.crews import member_of
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("check-ins", _l("Check-ins"))

Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Health = Annotated[str, OneOf(*HEALTH)]
Sharing = Annotated[str, OneOf(*SHARING)]
Mood = Annotated[str, OneOf("", *MOODS)]
IS_PRIVATE = "Whether nobody else reads it; a short way to say `sharing`"


class CheckInBody(Body):
    """What you say for a period, by default the crew's current one, else the one that begins on the day `period_from`.

    A period that ended is taken for a week after its end.
    """

    productive: Score
    satisfied: Score
    body: Score
    care: Score
    note: str = Field("", max_length=LONGEST_NOTE)
    mood: Mood = ""
    energy: int | None = Field(None, ge=1, le=5)
    health: Health = WELL
    sharing: Sharing = PRIVATE
    is_private: bool | None = Field(None, description=IS_PRIVATE)
    period_from: date | None = None
    replaces: bool = Field(False, description="Whether an earlier check-in for the period is changed")


class CrewCheckInBody(CheckInBody):
    """What you say for a period of a crew."""

    crew_id: uuid.UUID


class CheckInChange(Body):
    """What changes of a check-in."""

    productive: Score | None = None
    satisfied: Score | None = None
    body: Score | None = None
    care: Score | None = None
    note: str = Field("", max_length=LONGEST_NOTE)
    mood: Mood = ""
    energy: int | None = Field(None, ge=1, le=5)
    health: Health = WELL
    sharing: Sharing = PRIVATE
    is_private: bool | None = Field(None, description=IS_PRIVATE)


class CheckInData(TypedDict):
    """A check-in for the days from `period_from` until before `period_to`."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    person: Summary
    period_from: date
    period_to: date
    productive: int
    satisfied: int
    body: int
    care: int
    score: int
    note: str
    mood: str
    energy: int | None
    health: Health
    sharing: Sharing
    is_private: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ScoresData(TypedDict):
    """Scores from 1 to 10; null where you have not checked in before."""

    productive: int | None
    satisfied: int | None
    body: int | None
    care: int | None


class CurrentCheckInData(TypedDict):
    """The period that a crew is in, from the day `period_from` until before `period_to`.

    `check_in` is what you said for it, null until you do; `last` is what you said before, for comparison.
    """

    period_from: date
    period_to: date
    ends_at: datetime
    check_in: CheckInData | None
    last: ScoresData


@resource.get("/me/check-ins")
def list_own_check_ins(query: Paging) -> Page[CheckInData]:
    """List your check-ins, the newest first."""
    own = _own()
    return queries.history_of(me(), query.after, query.limit).of_rows(lambda row: _check_in(row.CheckIn, own))


@resource.get("/me/check-ins/<uuid:check_in_id>")
def read_check_in(check_in_id: uuid.UUID) -> CheckInData:
    """Return a check-in of yours."""
    return _check_in(queries.own_check_in(me(), check_in_id), _own())


@resource.patch("/me/check-ins/<uuid:check_in_id>", locks=CheckIn)
def change_check_in(check_in_id: uuid.UUID, body: CheckInChange) -> CheckInData:
    """Change a check-in of yours until its period ends."""
    form = valid_form(CheckInForm, _given(body), obj=queries.own_check_in(me(), check_in_id))
    return _check_in(actions.change_check_in(me(), check_in_id, form.answers()), _own())


@resource.get("/crews/<uuid:crew_id>/check-ins")
def list_check_ins(crew_id: uuid.UUID, query: Paging) -> Page[CheckInData]:
    """List the check-ins that members share with their crew, the newest first."""
    page = queries.shared_with_crew(me(), member_of(me(), crew_id).crew.id, query.after, query.limit)
    return page.of_rows(lambda row: _check_in(row, row.person))


@resource.get("/crews/<uuid:crew_id>/check-ins/current")
def read_current_check_in(crew_id: uuid.UUID) -> CurrentCheckInData:
    """Return the period that a crew of yours is in, and what you said for it."""
    crew = member_of(me(), crew_id).crew
    period = queries.current_period(crew)
    made = queries.check_in_of(me(), crew, period)
    last = queries.last_scores(me(), crew, period)
    return {
        "period_from": period.starts_on,
        "period_to": period.ends_on,
        "ends_at": period.ends_at,
        "check_in": _check_in(made, _own()) if made is not None else None,
        "last": cast(ScoresData, {name: last.get(name) for name in SCALES}),
    }


@resource.post("/crews/<uuid:crew_id>/check-ins")
def check_in(crew_id: uuid.UUID, body: CheckInBody) -> Created[CheckInData]:
    """Check in for a period of a crew.

    A second time is refused with DUPLICATE_CHECKIN, and `first` is the path of what you said, unless it replaces that.
    """
    return _make(crew_id, body)


@resource.post("/check-ins")
def check_in_with(body: CrewCheckInBody) -> Created[CheckInData]:
    """Check in as with `POST /crews/<crew_id>/check-ins`, with the crew in the body."""
    return _make(body.crew_id, body)


@resource.delete("/me/check-ins/<uuid:check_in_id>", locks=CheckIn)
def delete_check_in(check_in_id: uuid.UUID) -> None:
    """Delete a check-in of yours."""
    actions.delete_check_in(me(), check_in_id)


def _make(crew_id: uuid.UUID, body: CheckInBody) -> Created[CheckInData]:
    form = valid_form(CheckInForm, _given(body))
    try:
        made = actions.check_in(me(), crew_id, body.period_from, form.answers(), replaces=body.replaces)
    except actions.DuplicateCheckIn as error:
        error.first = f"/me/check-ins/{error.check_in_id}"
        raise
    return Created(_check_in(made, _own()), f"/me/check-ins/{made.id}")


def _given(body: CheckInBody | CheckInChange) -> dict[str, Any]:
    """Return what a body says, by the fields of the form. Raise Invalid if it says two things about who reads it."""
    given = body.model_dump(include=body.model_fields_set - {"is_private", "period_from", "replaces", "crew_id"})
    if nulls := [name for name in SCALES if given.get(name, 0) is None]:
        raise Invalid([(name, _("This is missing.")) for name in nulls])
    if body.is_private is not None:
        sharing = given.setdefault("sharing", PRIVATE if body.is_private else CREW)
        if body.is_private != (sharing == PRIVATE):
            raise Invalid([("is_private", _("This value does not have the right form."))])
    return given


def _own() -> PersonSummary:
    return PersonSummary(me().id, me().name, me().avatar)


def _check_in(row: Any, person: PersonSummary) -> CheckInData:
    named = {"person": summary_as_data(person), "is_private": row.sharing == PRIVATE}
    return cast(CheckInData, named | dict(zip(COLUMNS, _values(row), strict=True)))


COLUMNS = tuple(name for name in CheckInData.__annotations__ if name not in ("person", "is_private"))
_values = attrgetter(*COLUMNS)
