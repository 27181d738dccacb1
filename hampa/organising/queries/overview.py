"""What a person organises: the role itself, runs ahead, requests to join them, series."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, or_, select, true, union_all

from hampa.people.models import Person
from hampa.people.queries import hidden_ids, stand_in
from hampa.platform import clock
from hampa.platform.answers import Answer, answer_columns
from hampa.platform.db import db
from hampa.platform.locale.recurrence import Rule
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.platform.web.paging import Page, rows_after
from hampa.roster.queries.roster import requests_for
from hampa.run_lists.queries.rows import ListedRun, page_of_rows, select_faced_runs
from hampa.runs.models.run import LONGEST_DURATION, OWNER, Run, RunInvitation, RunOrganiser
from hampa.runs.queries.organisers import runs_inviting
from hampa.runs.queries.waiting import OF_RUN
from hampa.series.models import Series

ROLE_LASTS = timedelta(days=60)
"""The time after their last run for which somebody counts as an organiser."""
A_PAGE = 20


@dataclass(frozen=True, slots=True)
class RunRequests:
    """What waits for an answer about one run: an invitation to organise it, and requests to join, as they were made."""

    answers: list[Answer]

    @property
    def requests(self) -> list[Answer]:
        """The requests to join."""
        return [answer for answer in self.answers if answer.kind == "request"]

    @property
    def run(self) -> Answer:
        """The first answer, which has the title and the start of the run."""
        return self.answers[0]


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """A series as a row of a list, with its next run if there is one and the number of its runs ahead."""

    id: uuid.UUID
    title: str
    place: str
    rule: str
    timezone: str
    first_local: datetime
    next_id: uuid.UUID | None
    next_starts_at: datetime | None
    coming: int | None
    requested: int | None

    @property
    def recurrence(self) -> Rule:
        """The rule by which the series recurs."""
        return Rule.parse(self.rule, self.timezone)


def has_role(person: Person, now: Any) -> ColumnElement[bool]:
    """Return the condition that the person organises runs: now, lately or by a series, or is offered one."""
    is_recent = Run.cancelled_at.is_(None), Run.starts_at > now - ROLE_LASTS
    owned = exists().where(Run.organiser_id == person.id, *is_recent)
    agreed = RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    shared = exists().where(*agreed, Run.id == RunOrganiser.run_id, *is_recent)
    series = select(Series.id).where(Series.organiser_id == person.id, Series.ended_at.is_(None))
    offered = runs_inviting(person, now).where(RunInvitation.role == OWNER)
    return or_(owned, shared, series.exists(), offered.exists())


def invitations_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the runs that a person is invited to organise or to own."""
    columns = answer_columns(Run.id, Run.starts_at, **OF_RUN)
    return select(*columns).where(Run.id.in_(runs_inviting(person, now)), Run.starts_at > now)


def may_be_invited(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever a person is invited to organise or to own a run."""
    invited = or_(RunInvitation.person_id == person.id, RunInvitation.phone == person.phone)
    return exists().where(invited, RunInvitation.declined_at.is_(None))


def upcoming_of(organiser: Person, after: str | None) -> Page[ListedRun]:
    """Return a page of the runs that a person organises and that are not over, cancelled ones left out."""
    moment, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    rows = _upcoming(
        organiser.id,
        clock.now(),
        hidden_ids(organiser),
        moment,
        last_id,
        is_operator=organiser.is_operator,
        goes_on=moment is not None,
    )
    return page_of_rows(rows, A_PAGE)


@built_once
def _upcoming(
    organiser_id: uuid.UUID,
    now: datetime,
    hidden: list[uuid.UUID],
    moment: datetime | None,
    last_id: uuid.UUID | None,
    *,
    is_operator: bool,
    goes_on: bool,
) -> Any:
    organiser = stand_in(organiser_id, is_operator=is_operator)
    # Of hundreds of runs ahead only those of the page are read; an index has them in their order.
    key = Run.starts_at, Run.id
    ahead = Run.cancelled_at.is_(None), Run.ends_at > now, Run.starts_at > now - LONGEST_DURATION
    agreed = RunOrganiser.person_id == organiser_id, RunOrganiser.agreed_at.is_not(None)
    owned = select(*key).where(Run.organiser_id == organiser_id, *ahead)
    shared = select(*key).join(RunOrganiser, RunOrganiser.run_id == Run.id).where(*agreed, *ahead)
    last = moment, last_id
    first = (rows_after(query, key, last, A_PAGE + 1, goes_on=goes_on).subquery() for query in (owned, shared))
    found = union_all(*map(select, first)).subquery("found")
    page = select(found.c.id).order_by(found.c.starts_at, found.c.id).limit(A_PAGE + 1).subquery("page")
    return select_faced_runs(organiser, hidden).join(page, page.c.id == Run.id).order_by(*key)


def requests_of(organiser: Person, after: str | None) -> Page[RunRequests]:
    """Return a page of the requests to join a person's runs and invitations to organise, by run; the soonest first."""
    moment, run_id, last_id = paging.decode(after, datetime, uuid.UUID, uuid.UUID) or (None, None, None)
    found: Any = _requests(
        organiser.id,
        organiser.phone,
        clock.now(),
        moment,
        run_id,
        last_id,
        is_operator=organiser.is_operator,
        goes_on=moment is not None,
    )
    rows = [Answer(*row) for row in found]
    page = Page.of(rows, A_PAGE, lambda answer: (answer.moment, answer.run_id, answer.id))
    groups = [list(answers) for _run, answers in groupby(page.items, key=lambda answer: answer.run_id)]
    return Page([RunRequests(answers) for answers in groups], page.next)


@built_once
def _requests(
    organiser_id: uuid.UUID,
    phone: str,
    now: datetime,
    moment: datetime | None,
    run_id: uuid.UUID | None,
    last_id: uuid.UUID | None,
    *,
    is_operator: bool,
    goes_on: bool,
) -> Any:
    organiser = stand_in(organiser_id, phone=phone, is_operator=is_operator)
    requests, invitations = requests_for(organiser, now).subquery(), invitations_for(organiser, now).subquery()
    asked = union_all(
        select(literal("request").label("kind"), *requests.c), select(literal("invitation"), *invitations.c)
    ).subquery("asked")
    order = asked.c.moment, asked.c.run_id, asked.c.id
    return rows_after(select(asked), order, (moment, run_id, last_id), A_PAGE + 1, goes_on=goes_on)


def series_of(organiser: Person, after: str | None) -> Page[ListedSeries]:
    """Return a page of the series that a person organises and that have not ended, the newest first."""
    following = (
        select(Run.id, Run.starts_at, Run.taken, Run.requested)
        .where(Run.series_id == Series.id, Run.cancelled_at.is_(None), Run.starts_at > clock.now())
        .order_by(Run.starts_at)
        .limit(1)
        .lateral("following")
    )
    plan = Series.plan
    query = (
        select(
            Series.id,
            plan["title"].astext,
            plan["place"].astext,
            Series.rule,
            Series.timezone,
            Series.first_local,
            *following.c,
        )
        .outerjoin(following, true())
        .where(Series.organiser_id == organiser.id, Series.ended_at.is_(None))
    )
    query = paging.select_page(query, after, A_PAGE, Series.id, descending=True)
    rows = [ListedSeries(*row) for row in db.session.execute(query)]
    return Page.of(rows, A_PAGE, lambda series: (series.id,))
