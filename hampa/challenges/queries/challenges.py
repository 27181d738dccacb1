"""Challenges: which a person may see, their sums, and ranks."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, case, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from hampa.challenges.models import COUNTS_UNTIL, SUM, Challenge, ChallengeEntry
from hampa.challenges.queries.counting import is_shut_out, takes_guests, takes_part
from hampa.challenges.queries.sums import sums_of
from hampa.challenges.queries.words import amount_in_words
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew, member_of, membership_of, why_not
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, names_people, summary_columns
from hampa.platform import clock
from hampa.platform.db import constants, db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web.paging import Page, decode, rows_after

A_PAGE = 20
FIRST_RANKS, NEIGHBOURS = 10, 2


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A challenge with its sum, and what its viewer has in it; `value` is None for who does not take part.

    Who is no member of the crew is told sums of what everybody may see.
    """

    id: uuid.UUID
    crew_id: uuid.UUID
    crew_name: str
    timezone: str
    is_closed: bool
    name: str
    description: str
    metric: str
    mode: str
    kind: str
    target: int | None
    starts_on: dt.date
    ends_on: dt.date
    finished_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    is_member: bool
    people: int
    total: int
    value: int | None

    @property
    def takes_part(self) -> bool:
        """Return whether the viewer takes part."""
        return self.value is not None

    @property
    def today(self) -> dt.date:
        """Return the day on the clock of the crew."""
        return dates.today(self.timezone)

    @property
    def state(self) -> str:
        """Return ahead, on, counting (over, and what comes late still counts) or over."""
        if self.finished_at is not None:
            return "over"
        today = self.today
        if today > self.ends_on:
            return "counting"
        return "ahead" if today < self.starts_on else "on"

    @property
    def is_on(self) -> bool:
        """Return whether it goes on now."""
        return self.state == "on"

    @property
    def is_joinable(self) -> bool:
        """Return whether somebody may join now."""
        return self.state in ("on", "ahead") and not self.is_closed

    @property
    def is_final(self) -> bool:
        """Return whether nothing changes any more."""
        return self.state == "over"

    @property
    def is_reached(self) -> bool:
        """Return whether a common sum is reached."""
        return self.mode == SUM and self.total >= (self.target or 0)

    @property
    def share(self) -> float:
        """Return how much of a common sum is there, 1 for all."""
        return min(1.0, self.total / self.target) if self.target else 0.0

    @property
    def words(self) -> str:
        """Return how far a common sum is: “120 km of 500 km: 380 km to go”."""
        if self.is_reached:
            return _("Reached. Well done!")
        amounts = {
            "done": amount_in_words(self.metric, self.total),
            "all": amount_in_words(self.metric, self.target or 0),
            "left": amount_in_words(self.metric, max(0, (self.target or 0) - self.total)),
        }
        if self.state in ("on", "ahead"):
            return _("%(done)s of %(all)s: %(left)s to go.", **amounts)
        return _("%(done)s of %(all)s.", **amounts)

    @property
    def when(self) -> str:
        """Return how long it goes on, or when it begins or ended."""
        if self.state == "ahead":
            return _("Begins %(date)s", date=dates.date(self.starts_on))
        if self.state == "on":
            left = (self.ends_on - self.today).days
            return ngettext("%(num)d day left", "%(num)d days left", left) if left else _("today is the last day")
        if self.state == "counting":
            return _("Over. What you log by noon still counts.")
        return _("Over since %(date)s", date=dates.date(self.ends_on))


def _columns(viewer_id: Any) -> list[Any]:
    is_member = is_in_crew(viewer_id, Challenge.crew_id)
    mine = select(case((is_member, ChallengeEntry.value), else_=ChallengeEntry.open_value)).where(
        ChallengeEntry.challenge_id == Challenge.id, ChallengeEntry.person_id == viewer_id, takes_part()
    )
    names = ("name", "description", "metric", "mode", "kind", "target", "starts_on", "ends_on", "finished_at")
    return [
        Challenge.id,
        Challenge.crew_id,
        Crew.name.label("crew_name"),
        Crew.timezone,
        Crew.closed_at.is_not(None).label("is_closed"),
        *(getattr(Challenge, name) for name in (*names, "created_at", "updated_at", "version")),
        is_member.label("is_member"),
        mine.correlate(Challenge).scalar_subquery().label("value"),
    ]


def _with_sums(rows: Iterable[Sequence[Any]]) -> list[ChallengeRow]:
    """Return challenges with how many take part and what all did; who is no member is told what all may see."""
    listed = list(rows)
    sums = sums_of({challenge_id: crew_id for challenge_id, crew_id, *_more in listed})
    made = []
    for row in listed:
        found, is_member = sums[row[0]], row[-2]
        values: tuple[Any, ...] = (*row[:-1], found.people, found.total if is_member else found.open_total, row[-1])
        made.append(ChallengeRow(*values))
    return made


def challenge_for(viewer: Person, challenge_id: uuid.UUID) -> ChallengeRow:
    """Return a challenge of a crew of the viewer, or in which they take part. Raise NotFound."""
    return _only(_challenge(viewer.id, challenge_id, "", clock.now(), by_link=False))


def challenge_of_link(viewer: Person, token: str) -> ChallengeRow:
    """Return the challenge of a link. Raise NotFound for a link that is ended, and for whom its crew shut out."""
    return _only(_challenge(viewer.id, uuid.UUID(int=0), token, clock.now(), by_link=True))


def _only(found: Iterable[Sequence[Any]]) -> ChallengeRow:
    rows = _with_sums(found)
    if not rows:
        raise NotFound
    return rows[0]


@built_once
def _challenge(viewer_id: uuid.UUID, challenge_id: uuid.UUID, token: str, now: datetime, *, by_link: bool) -> Any:
    is_in = exists().where(
        ChallengeEntry.challenge_id == Challenge.id, ChallengeEntry.person_id == viewer_id, ChallengeEntry.by_link
    )
    query = select(*_columns(viewer_id)).join(Crew, Crew.id == Challenge.crew_id)
    is_member = is_in_crew(viewer_id, Challenge.crew_id)
    if by_link:
        return query.where(Challenge.token == token, or_(is_member, takes_guests(viewer_id, now)))
    return query.where(Challenge.id == challenge_id, or_(is_member, and_(is_in, takes_guests(viewer_id, now))))


def challenges_of_crew(
    viewer: Person, crew_id: uuid.UUID, after: str | None = None, size: int = A_PAGE
) -> tuple[CrewMembership, Page[ChallengeRow]]:
    """Return the membership of a person and a page of the challenges of the crew, the latest first.

    Raise Forbidden and NotFound as `member_of` does.
    """
    membership = member_of(viewer, crew_id)
    return membership, _page(viewer, crew_id, after, size)


def challenges_of(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[ChallengeRow]:
    """Return a page of the challenges in which a person takes part, the latest first."""
    return _page(person, None, after, size)


def _page(viewer: Person, crew_id: uuid.UUID | None, after: str | None, size: int) -> Page[ChallengeRow]:
    last_day, last_id = decode(after, dt.date, uuid.UUID) or (None, None)
    shape = {"of_crew": crew_id is not None, "goes_on": last_id is not None}
    found = _challenges(viewer.id, crew_id, clock.now(), last_day, last_id, size + 1, **shape)
    rows = Page.of(found.all(), size, lambda row: (row.ends_on, row.id))
    return Page(_with_sums(rows.items), rows.next)


@built_once
def _challenges(
    viewer_id: uuid.UUID,
    crew_id: uuid.UUID | None,
    now: datetime,
    last_day: dt.date | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    of_crew: bool,
    goes_on: bool,
) -> Any:
    """Return the challenges of a crew, or those in which the viewer takes part."""
    query = select(*_columns(viewer_id)).join(Crew, Crew.id == Challenge.crew_id)
    if of_crew:
        query = query.where(Challenge.crew_id == crew_id)
    else:
        mine = exists().where(
            ChallengeEntry.challenge_id == Challenge.id, ChallengeEntry.person_id == viewer_id, takes_part()
        )
        query = query.where(mine, or_(is_in_crew(viewer_id, Challenge.crew_id), takes_guests(viewer_id, now)))
    return rows_after(
        query, (Challenge.ends_on, Challenge.id), (last_day, last_id), most, goes_on=goes_on, descending=True
    )


def managed_challenge(person: Person, challenge_id: uuid.UUID, *, lock: bool = False) -> Challenge:
    """Return a challenge of a crew for which a person posts. Raise NotFound for one they do not see, and Forbidden."""
    shown = challenge_for(person, challenge_id)
    if not may_manage(membership_of(person, shown.crew_id)):
        raise Forbidden(_("Only organisers of the crew who may post can do that."))
    query = select(Challenge).where(Challenge.id == challenge_id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def may_manage(membership: CrewMembership | None) -> bool:
    """Return whether a member makes and changes challenges of the crew."""
    return membership is not None and membership.is_active and not why_not(membership, "post")


@dataclass(frozen=True, slots=True)
class RankRow:
    """A person in a ranking; `place` tells those of one rank apart."""

    person: PersonSummary
    value: int
    rank: int
    place: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first of a ranking, and the viewer with their neighbours; `own_rank` is None for who does not take part."""

    rows: list[RankRow]
    own_rank: int | None

    @property
    def parts(self) -> list[list[RankRow]]:
        """Return the rows in parts between which others stand."""
        parts: list[list[RankRow]] = []
        for row in self.rows:
            if not parts or row.place - parts[-1][-1].place > NEIGHBOURS + 1:
                parts.append([])
            parts[-1].append(row)
        return parts


def ranking_of(viewer: Person, shown: ChallengeRow) -> Ranking:
    """Return the first ten of a challenge, and the viewer with two neighbours on each side, in one statement.

    People who are hidden from the viewer, or not active, keep their rank and are left out. Values are those of the table
    of entries, for who is no member of the crew those of what everybody may see.
    """
    values = viewer.id, shown.id, hidden_ids(viewer), FIRST_RANKS, NEIGHBOURS, clock.now()
    found = _ranking(*values, openly=not shown.is_member)
    rows = [RankRow(*row) for row in found]
    return Ranking(rows, next((row.rank for row in rows if row.is_own), None))


@built_once
def _ranking(
    viewer_id: uuid.UUID,
    challenge_id: uuid.UUID,
    hidden: list[uuid.UUID],
    first: int,
    beside: int,
    now: datetime,
    *,
    openly: bool,
) -> Any:
    value = ChallengeEntry.open_value if openly else ChallengeEntry.value
    by_value = value.desc()
    ranked = (
        select(
            ChallengeEntry.person_id,
            value.label("value"),
            func.rank().over(order_by=by_value).label("rank"),
            func.row_number().over(order_by=(by_value, ChallengeEntry.id)).label("place"),
        )
        .join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
        .where(ChallengeEntry.challenge_id == challenge_id, takes_part())
        .where(~is_shut_out(ChallengeEntry.person_id, now))
        .cte("ranked")
    )
    own = select(ranked.c.place).where(ranked.c.person_id == viewer_id).scalar_subquery()
    is_own = (ranked.c.person_id == viewer_id).label("is_own")
    near = ranked.c.place.between(own - beside, own + beside)
    return (
        select(summary_columns(), ranked.c.value, ranked.c.rank, ranked.c.place, is_own)
        .join(ranked, ranked.c.person_id == Person.id)
        .where(or_(ranked.c.place <= first, near), Person.state.in_(constants("active")))
        .where(~is_one_of(Person.id, hidden))
        .order_by(ranked.c.place)
        .limit(FIRST_RANKS + 2 * NEIGHBOURS + 1)
    )


def token_of(challenge_id: uuid.UUID) -> str | None:
    """Return what the link of a challenge ends with; None if it is ended."""
    token: str | None = _token(challenge_id).scalar_one_or_none()
    return token


@built_once
def _token(challenge_id: uuid.UUID) -> Any:
    return select(Challenge.token).where(Challenge.id == challenge_id)


def due_to_finish(now: datetime, most: int) -> Sequence[Challenge]:
    """Return challenges, locked, that are over for so long that nothing counts any more."""
    over = func.timezone(Crew.timezone, cast(Challenge.ends_on + literal(1), DateTime())) + COUNTS_UNTIL
    query = select(Challenge).join(Crew, Crew.id == Challenge.crew_id).order_by(Challenge.ends_on, Challenge.id)
    query = query.where(Challenge.finished_at.is_(None), Challenge.ends_on <= now.date(), over <= now).limit(most)
    return db.session.scalars(query.with_for_update(of=Challenge, skip_locked=True)).all()


@names_people
def is_named_by_challenges(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` takes part in a challenge that the viewer sees.

    Those are the challenges of the viewer's crews, and those to which they came by the link: an entry alone shows nothing
    any more to who has left the crew.
    """
    if viewer is None:
        return false()
    theirs, mine = aliased(ChallengeEntry), aliased(ChallengeEntry)
    came_by_link = exists().where(mine.challenge_id == Challenge.id, mine.person_id == viewer.id, mine.by_link)
    is_guest = and_(came_by_link.correlate_except(mine), takes_guests(viewer.id, func.now()))
    return exists().where(
        *(theirs.person_id == Person.id, Challenge.id == theirs.challenge_id, Crew.id == Challenge.crew_id),
        or_(theirs.by_link, is_in_crew(theirs.person_id, Challenge.crew_id)),
        or_(is_in_crew(viewer.id, Challenge.crew_id), is_guest),
    )
