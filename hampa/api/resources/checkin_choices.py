"""What you choose about check-ins, nudges by hand, and members who might like to be asked."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.resources.checkins import Sharing, resource as check_ins
from hampa.api.shapes import Summary, summary_as_data
from hampa.checkin_choices import actions
from hampa.checkin_choices.models import ASKING, NOBODY, CheckInChoices, CheckInPreferences
from hampa.checkin_choices.queries import choices_of, preferences_of
from hampa.checkin_reminders.actions.nudging import ask_to_nudge
from hampa.checkin_reminders.forms import CrewChoicesForm, PreferencesForm
from hampa.checkin_reminders.queries.nudges import RIGHT, last_nudge
from hampa.checkins.models import PRIVATE
from hampa.crews.models import Crew
from hampa.crews.queries.crews import member_of, member_with
from hampa.people.models import Person
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.db import db
from hampa.platform.locale.i18n import get_locale_code, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.reaching_out import queries as reaching
from hampa.reaching_out.actions import record_looks
from hampa.reaching_out.models import REASONS
from hampa.reaching_out.queries import Drifting

resource = Resource("check-in-choices", _l("Reminders of check-ins, nudges, and reaching out"), scope=check_ins.name)

Asking = Annotated[str, OneOf(*ASKING)]


class PreferencesBody(Body):
    """What changes for all your check-ins: with what sharing a new one begins, and whether you are reminded at all."""

    sharing: Sharing = PRIVATE
    reminders: bool = True


class PreferencesData(TypedDict):
    """What you chose for all your check-ins."""

    sharing: Sharing
    reminders: bool


class ChoicesBody(Body):
    """What changes in one crew: whether you are reminded, and from what organisers may be told to ask how you are."""

    reminders: bool = True
    asking: Asking = NOBODY


class ChoicesData(TypedDict):
    """What you chose in a crew."""

    reminders: bool
    asking: Asking


class NudgeData(TypedDict):
    """The last nudge in a crew; `nudged_by` is null for somebody who is gone, and both if there was none."""

    nudged_at: datetime | None
    nudged_by: str | None


class LookBody(Body):
    """Where the list goes on: `next` of the answer before."""

    after: str | None = Field(None, max_length=200)


class DriftingData(TypedDict):
    """A member who agreed to be asked: their check-ins `dropped` or `stopped` on the day `since`."""

    person: Summary
    reason: Annotated[str, OneOf(*REASONS)]
    since: date
    periods: int


class ReachingOutData(TypedDict):
    """Some of the members who might like to be asked, those of longest first; `next` is null at the end."""

    people: list[DriftingData]
    next: str | None


class HelpLinkData(TypedDict):
    """Where help is found: a page, or a phone number (`tel:`)."""

    title: str
    address: str
    note: str


@resource.get("/me/check-ins/settings")
def read_check_in_settings() -> PreferencesData:
    """Return what you chose for all your check-ins."""
    return _preferences(preferences_of(me()))


@resource.patch("/me/check-ins/settings", locks=Person)
def change_check_in_settings(body: PreferencesBody) -> PreferencesData:
    """Change what holds for all your check-ins: the fields that are sent."""
    form = valid_form(PreferencesForm, body, obj=preferences_of(me()))
    actions.choose_for_all(me(), **form.values())
    db.session.expire_all()
    return _preferences(preferences_of(me()))


@resource.get("/crews/<uuid:crew_id>/check-ins/settings")
def read_crew_check_in_settings(crew_id: uuid.UUID) -> ChoicesData:
    """Return what you chose in a crew of yours."""
    member_of(me(), crew_id)
    return _choices(choices_of(me(), crew_id))


@resource.patch("/crews/<uuid:crew_id>/check-ins/settings", locks=Crew)
def change_crew_check_in_settings(crew_id: uuid.UUID, body: ChoicesBody) -> ChoicesData:
    """Change what you chose in a crew of yours: the fields that are sent."""
    member_of(me(), crew_id)
    form = valid_form(CrewChoicesForm, body, obj=choices_of(me(), crew_id))
    actions.choose_in_crew(me(), crew_id, **form.values())
    db.session.expire_all()
    return _choices(choices_of(me(), crew_id))


@resource.get("/crews/<uuid:crew_id>/check-ins/nudge")
def read_last_nudge(crew_id: uuid.UUID) -> NudgeData:
    """Return when a crew in which you may nudge was nudged last."""
    member_with(me(), crew_id, RIGHT)
    last = last_nudge(me(), crew_id)
    return {"nudged_at": last.created_at if last else None, "nudged_by": last.name if last else None}


@resource.post("/crews/<uuid:crew_id>/check-ins/nudge")
def nudge_crew(crew_id: uuid.UUID) -> NudgeData:
    """Nudge who has not checked in and wants to hear of it, each at most once in 14 days; nobody is told who that is."""
    ask_to_nudge(me(), crew_id)
    return read_last_nudge(crew_id)


@resource.post("/crews/<uuid:crew_id>/reach-out", repeatable=False)
def look_who_drifts(crew_id: uuid.UUID, body: LookBody) -> ReachingOutData:
    """Look who might like to be asked, of members who agreed to it; each of them is told that you looked."""
    _crew, page = reaching.people_to_ask(me(), crew_id, body.after)
    record_looks(me(), crew_id, page.items)
    return {"people": [_drifting(row) for row in page.items], "next": page.next}


@resource.get("/help/talk", public=True)
def list_help() -> list[HelpLinkData]:
    """Return where help is found, for readers of your language, as the operator of this site chose."""
    links = reaching.help_links(get_locale_code())
    return [{"title": link.title, "address": link.address, "note": link.note} for link in links]


def _preferences(row: CheckInPreferences) -> PreferencesData:
    return {"sharing": row.sharing, "reminders": row.reminders}


def _choices(row: CheckInChoices) -> ChoicesData:
    return {"reminders": row.reminders, "asking": row.asking}


def _drifting(row: Drifting) -> DriftingData:
    return {"person": summary_as_data(row), "reason": row.reason, "since": row.since, "periods": row.periods}
