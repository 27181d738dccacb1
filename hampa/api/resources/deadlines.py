"""On which days you are reminded of deadlines of plans."""

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from hampa.coaching.actions import deadlines as actions
from hampa.coaching.models.deadlines import DAYS_BEFORE
from hampa.coaching.queries.deadlines import days_chosen
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("deadlines", _l("Reminders of deadlines"), scope="training")

Day = Literal[7, 3, 1, -1]


class DeadlineDaysBody(Body):
    """The days before a deadline, -1 for the day after; none for no reminders."""

    days: list[Day] = Field(max_length=len(DAYS_BEFORE))


class DeadlineDaysData(TypedDict):
    """The days before a deadline on which you are reminded, -1 for the day after."""

    days: list[Day]


@resource.get("/me/deadline-days")
def read_deadline_days() -> DeadlineDaysData:
    """Return on which days before deadlines you are reminded."""
    return {"days": days_chosen(me())}


@resource.put("/me/deadline-days")
def set_deadline_days(body: DeadlineDaysBody) -> DeadlineDaysData:
    """Choose on which days before deadlines you are reminded."""
    actions.choose_days(me(), body.days)
    return read_deadline_days()
