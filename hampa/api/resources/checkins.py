"""Check-ins in crews."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.checkins import actions, queries
from hampa.checkins.forms import CheckInForm
from hampa.checkins.models import HEALTH, HIGHEST, LONGEST_NOTE, LOWEST, MOODS, PRIVATE, SHARING, WELL
from hampa.crews.queries.crews import member_of
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("check-ins", _l("Check-ins"))

Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]


class CheckInBody(Body):
    """What you say for a period, by default the crew's current one, else the one that begins on the day `period_from`.

    A period that ended is taken for a week after its end.
    """

    productive: Score
    satisfied: Score
    body: Score
    care: Score
    note: str = Field("", max_length=LONGEST_NOTE)
    mood: Annotated[str, OneOf("", *MOODS)] = ""
    energy: int | None = Field(None, ge=1, le=5)
    health: Annotated[str, OneOf(*HEALTH)] = WELL
    sharing: Annotated[str, OneOf(*SHARING)] = PRIVATE
    period_from: date | None = None
    replaces: bool = Field(False, description="Whether an earlier check-in for the period is changed")


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
    health: Annotated[str, OneOf(*HEALTH)]
    sharing: Annotated[str, OneOf(*SHARING)]
    created_at: datetime


@resource.get("/me/check-ins")
def list_own_check_ins(query: Paging) -> Page[CheckInData]:
    """List your check-ins, the newest first."""
    page = queries.history_of(me(), query.after, query.limit)
    return page.of_rows(lambda row: _check_in(row.CheckIn, _own()))


@resource.get("/crews/<uuid:crew_id>/check-ins")
def list_check_ins(crew_id: uuid.UUID, query: Paging) -> Page[CheckInData]:
    """List the check-ins that members share with their crew, the newest first."""
    page = queries.shared_with_crew(me(), member_of(me(), crew_id).crew, query.after, query.limit)
    return page.of_rows(lambda row: _check_in(row.CheckIn, row.person))


@resource.post("/crews/<uuid:crew_id>/check-ins")
def check_in(crew_id: uuid.UUID, body: CheckInBody) -> Created[CheckInData]:
    """Check in for a period of a crew; a second time is refused with DUPLICATE_CHECKIN unless it replaces the first."""
    form = valid_form(CheckInForm, body)
    made = actions.check_in(me(), crew_id, body.period_from, form.answers(), replaces=body.replaces)
    return Created(_check_in(made, _own()), "/me/check-ins")


@resource.delete("/me/check-ins/<uuid:check_in_id>")
def delete_check_in(check_in_id: uuid.UUID) -> None:
    """Delete a check-in of yours."""
    actions.delete_check_in(me(), check_in_id)


def _own() -> PersonSummary:
    return PersonSummary(me().id, me().name, me().avatar)


def _check_in(row: Any, person: PersonSummary) -> CheckInData:
    columns = {name: getattr(row, name) for name in CheckInData.__annotations__ if name != "person"}
    return cast(CheckInData, {"person": summary_as_data(person), **columns})
