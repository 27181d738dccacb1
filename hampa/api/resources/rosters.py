"""Rosters: who does what on the days of a crew or a series, their rules, and appeals for people."""

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.duty_shapes import Role, ShiftData, shift_as_data
from hampa.api.shapes import Summary, summary_as_data
from hampa.duties.models import MOST_EXPECTED, ROLES
from hampa.duties.queries.shifts import Shift, parse_token
from hampa.duty_appeals import actions as appeals
from hampa.duty_appeals.models import LONGEST_DAYS, MOST_AT_ONCE
from hampa.duty_appeals.queries import settings_of
from hampa.duty_rosters.actions import rosters as actions, rules as rule_actions
from hampa.duty_rosters.forms import check_in_words
from hampa.duty_rosters.models import FILLED, KINDS, MOST_NEEDED, MOST_PER, OF_A_ROLE, RATIO, TEAM
from hampa.duty_rosters.queries.checks import CHECKS, checks_of
from hampa.duty_rosters.queries.days import RosterDay, day_of, days_of
from hampa.duty_rosters.queries.owners import RosterOwner, coordinated_owner, roster_owner, rules_of
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Query
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("rosters", _l("Rosters of duties"), scope="duties")

STATES = NONE, DRAFT, PUBLISHED = ("none", "draft", "published")
OWNER = "/rosters/<owner_kind>/<uuid:owner_id>"


class DaysQuery(Query):
    """From which day on, by default today; four weeks."""

    since: dt.date | None = Field(None, alias="from")


class RosterPersonData(TypedDict):
    """Who has a place in a shift; `person` is null for somebody who is hidden from you."""

    booking_id: uuid.UUID
    place: int
    is_draft: bool
    person: Summary | None


class RosterShiftData(TypedDict):
    """A shift of a day and who does it."""

    shift: ShiftData
    people: list[RosterPersonData]


class RosterData(TypedDict):
    """A day of a crew or a series: while its `state` is draft, only coordinators see who does what."""

    day: dt.date
    state: Annotated[str, OneOf(*STATES)]
    expected: int | None
    shifts: list[RosterShiftData]


class CheckData(TypedDict):
    """What is wrong with a roster; `blocking` keeps it from being published, and `mend` is the page where it is mended."""

    kind: Annotated[str, OneOf(*CHECKS)]
    blocking: bool
    message: str
    mend: str


class CheckedRosterData(RosterData):
    """A day with its checks, which coordinators alone see."""

    checks: list[CheckData]


class ExpectedBody(Body):
    """How many runners are expected."""

    expected: int | None = Field(ge=0, le=MOST_EXPECTED)


class RuleData(TypedDict):
    """A rule of rosters: `role`, `people` and `per` are empty where the kind needs none."""

    kind: Annotated[str, OneOf(*KINDS)]
    role: Annotated[str, OneOf("", *ROLES)]
    people: int
    per: int | None
    blocking: bool


class RuleBody(Body):
    """A rule: `role` for filled and ratio, `people` for these and team, `per` (runners) for ratio."""

    role: Role | None = None
    people: int = Field(1, ge=1, le=MOST_NEEDED)
    per: int | None = Field(None, ge=1, le=MOST_PER)
    blocking: bool = False


class RoleQuery(Query):
    """Of which role, for the kinds of rules that have one."""

    role: Annotated[str, OneOf("", *ROLES)] = ""


class AppealAnswerBody(Body):
    """Whether you take the place."""

    decision: Annotated[str, OneOf("accept", "decline")]


class AppealSettingsBody(Body):
    """How often a person is asked, how many at once, and whether the worker asks by itself."""

    every_days: int = Field(ge=1, le=LONGEST_DAYS)
    most: int = Field(ge=1, le=MOST_AT_ONCE)
    automatic: bool


class AppealSettingsData(TypedDict):
    """How a crew or a series asks people to take short shifts."""

    every_days: int
    most: int
    automatic: bool


class AskedPeopleData(TypedDict):
    """How many people an appeal asked."""

    asked: int


@resource.get(OWNER)
def list_rosters(owner_kind: str, owner_id: uuid.UUID, query: DaysQuery) -> list[RosterData]:
    """List four weeks of days with shifts of a crew (`crew`) or a series (`series`), with who does what."""
    owner = roster_owner(me(), owner_kind, owner_id)
    first = query.since or dates.today(owner.timezone)
    return [_roster(one) for one in days_of(me(), owner, first)]


@resource.get(f"{OWNER}/<day>")
def read_roster(owner_kind: str, owner_id: uuid.UUID, day: str) -> CheckedRosterData:
    """Return a day (2026-12-05), for coordinators with its checks."""
    return _checked(roster_owner(me(), owner_kind, owner_id), _day(day))


@resource.put(f"{OWNER}/<day>/draft")
def draft_roster(owner_kind: str, owner_id: uuid.UUID, day: str) -> CheckedRosterData:
    """Draft a day: only coordinators see who does what, and nobody else takes a place. A published one is told of."""
    owner = coordinated_owner(me(), owner_kind, owner_id)
    actions.draft(me(), owner, _day(day))
    return _checked(owner, _day(day))


@resource.delete(f"{OWNER}/<day>/draft")
def discard_draft(owner_kind: str, owner_id: uuid.UUID, day: str) -> None:
    """Discard a draft that was never published, with the places of those who do not know of them."""
    actions.discard(me(), coordinated_owner(me(), owner_kind, owner_id), _day(day))


@resource.put(f"{OWNER}/<day>/publication")
def publish_roster(owner_kind: str, owner_id: uuid.UUID, day: str) -> CheckedRosterData:
    """Publish a draft and tell everybody in it, once. A blocking check answers 422."""
    owner = coordinated_owner(me(), owner_kind, owner_id)
    actions.publish(me(), owner, _day(day))
    return _checked(owner, _day(day))


@resource.put(f"{OWNER}/<day>/expected")
def expect_runners(owner_kind: str, owner_id: uuid.UUID, day: str, body: ExpectedBody) -> None:
    """Say how many runners are expected on a day that has a roster."""
    actions.expect(me(), coordinated_owner(me(), owner_kind, owner_id), _day(day), body.expected)


@resource.get(f"{OWNER}/rules")
def list_roster_rules(owner_kind: str, owner_id: uuid.UUID) -> list[RuleData]:
    """List the rules by which rosters are checked, as a coordinator."""
    rows = rules_of(coordinated_owner(me(), owner_kind, owner_id))
    return [
        {"kind": row.kind, "role": row.role, "people": row.people, "per": row.per, "blocking": row.is_blocking}
        for row in rows
    ]


@resource.put(f"{OWNER}/rules/<rule>")
def set_roster_rule(owner_kind: str, owner_id: uuid.UUID, rule: str, body: RuleBody) -> None:
    """Add a rule of a kind, or change the one of the same kind and role."""
    owner = coordinated_owner(me(), owner_kind, owner_id)
    if rule not in KINDS:
        raise NotFound
    if rule in OF_A_ROLE and body.role is None:
        raise Refused(_("Which role?"), "role")
    if rule == RATIO and body.per is None:
        raise Refused(_("For how many runners?"), "per")
    rule_actions.set_rule(
        me(),
        owner,
        kind=rule,
        role=body.role or "" if rule in OF_A_ROLE else "",
        people=body.people if rule in (FILLED, RATIO, TEAM) else 1,
        per=body.per if rule == RATIO else None,
        is_blocking=body.blocking,
    )


@resource.delete(f"{OWNER}/rules/<rule>")
def remove_roster_rule(owner_kind: str, owner_id: uuid.UUID, rule: str, query: RoleQuery) -> None:
    """Remove the rule of a kind, and of the role if it has one."""
    rule_actions.remove_rule(me(), coordinated_owner(me(), owner_kind, owner_id), rule, query.role)


@resource.get(f"{OWNER}/appeals/settings")
def read_appeal_settings(owner_kind: str, owner_id: uuid.UUID) -> AppealSettingsData:
    """Return how a crew or a series asks people to take short shifts, as a coordinator."""
    row = settings_of(coordinated_owner(me(), owner_kind, owner_id))
    return {"every_days": row.every_days, "most": row.most, "automatic": row.is_automatic}


@resource.put(f"{OWNER}/appeals")
def set_appeal_settings(owner_kind: str, owner_id: uuid.UUID, body: AppealSettingsBody) -> AppealSettingsData:
    """Set how a crew or a series asks."""
    owner = coordinated_owner(me(), owner_kind, owner_id)
    values = {"every_days": body.every_days, "most": body.most}
    appeals.change_settings(me(), owner, is_automatic=body.automatic, **values)
    return {"every_days": body.every_days, "most": body.most, "automatic": body.automatic}


@resource.put(f"{OWNER}/asks")
def want_to_be_asked(owner_kind: str, owner_id: uuid.UUID) -> None:
    """Want to be asked when a shift of a crew or a series is short of people."""
    appeals.choose(me(), roster_owner(me(), owner_kind, owner_id), wants=True)


@resource.delete(f"{OWNER}/asks")
def want_not_to_be_asked(owner_kind: str, owner_id: uuid.UUID) -> None:
    """Be asked no more."""
    appeals.choose(me(), roster_owner(me(), owner_kind, owner_id), wants=False)


@resource.post("/schedules/<uuid:schedule_id>/shifts/<start>/appeals")
def appeal_for_people(schedule_id: uuid.UUID, start: str) -> AskedPeopleData:
    """Ask people to take a short shift, as a coordinator: those who want it and can, least lately asked first."""
    starts_at = parse_token(start)
    if starts_at is None:
        raise NotFound
    return {"asked": appeals.appeal(me(), schedule_id, starts_at)}


@resource.post("/appeals/<uuid:appeal_id>")
def answer_appeal(appeal_id: uuid.UUID, body: AppealAnswerBody) -> None:
    """Take the place that you were asked to take, or say no; a lost race answers 409 SLOT_TAKEN."""
    appeals.answer(me(), appeal_id, accepts=body.decision == "accept")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _roster(one: RosterDay) -> RosterData:
    state = NONE if one.roster is None else DRAFT if one.is_draft else PUBLISHED
    return {
        "day": one.day,
        "state": state,
        "expected": one.roster.expected if one.roster is not None else None,
        "shifts": [{"shift": shift_as_data(shift), "people": _people(one, shift)} for shift in one.shifts],
    }


def _people(one: RosterDay, shift: Shift) -> list[RosterPersonData]:
    return [
        {
            "booking_id": row.booking_id,
            "place": row.place,
            "is_draft": row.is_draft,
            "person": summary_as_data(row.person) if row.person is not None else None,
        }
        for row in one.people_of(shift)
    ]


def _checked(owner: RosterOwner, day: dt.date) -> CheckedRosterData:
    shown = day_of(me(), owner, day)
    checks = checks_of(owner, shown) if owner.coordinates else []
    return {
        **_roster(shown),
        "checks": [
            {"kind": one.kind, "blocking": one.is_blocking, "message": check_in_words(one), "mend": one.path}
            for one in checks
        ],
    }
