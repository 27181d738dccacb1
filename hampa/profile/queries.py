"""Questions about a person's page, pictures and mail address."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Uuid, cast, func, select, true, union
from sqlalchemy.orm import aliased, contains_eager

from hampa.attendance.queries import Attendee, attendee_of
from hampa.auth.queries import count_of_sessions
from hampa.cards.models import Card
from hampa.cards.queries import listing as cards
from hampa.cards.queries.interests import (
    are_companions,
    companion_ids,
    count_of_pending,
    has_shown_number,
    is_companion_of,
    number_for_companions,
)
from hampa.cards.queries.listing import ListedCard
from hampa.cards.queries.veiling import without_veiled
from hampa.crews.queries.crews import CrewName
from hampa.crews.queries.together import share_crew, shared_crews
from hampa.messages.queries.ground import Way, way_by
from hampa.people.models import Block, Person
from hampa.people.queries import (
    Circle,
    PersonSummary,
    hidden_ids,
    is_seen_by,
    is_visible_among,
    is_visible_to,
    opens,
    stand_in,
)
from hampa.platform import clock
from hampa.platform.db import columns_of, db, loaded
from hampa.platform.errors import NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import pictures
from hampa.platform.security.crypto import keyed_hashes
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page
from hampa.profile.models import WIDTHS, EmailVerification, PersonPicture, picture_file_name
from hampa.roster.queries.roster import PHONES_SHOWN_WITHIN, phones_are_shown
from hampa.run_lists.queries import rows as runs
from hampa.run_lists.queries.contributions import Contributions, contributions_of, select_contributions
from hampa.run_lists.queries.rows import ListedRun
from hampa.runs.models.participation import COMPLETED, GOING, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.safety.models import RUNNING, Watch

RUNS_MET_IN = 500
"""The number of a person's last runs in which people are counted."""
ACTIVITY_STEP = timedelta(minutes=5)
SEES_ACTIVITY: tuple[Circle, ...] = ("companion", "self", "operator")
"""The circles that see when the person was last active."""
PREVIEW_CIRCLES: dict[str, Circle] = {
    "visitor": "visitor",
    "stranger": "stranger",
    "crew_mate": "crew_mate",
    "companion": "companion",
}
PREVIEW_ROLES = (*PREVIEW_CIRCLES, "organiser")


@dataclass(frozen=True, slots=True)
class Profile(PersonSummary):
    """The page of a person as one circle sees it; what the circle does not see is None or empty.

    `crews` are those that a viewer has in common with the person.

    `way_to_write` is how the circle may begin to write to the person, None if it may not. `born` is the year of birth if
    the age band may be seen (the page shows the band alone), `last_active_at` is to five minutes, `past` is a page of the
    runs that the person has been to.
    """

    handle: str | None
    bio: str
    city: str
    phone: str | None
    circle: Circle
    open_to_all: bool
    way_to_write: Way | None
    state: str | None
    born: int | None
    last_active_at: datetime | None
    cards: Sequence[ListedCard]
    upcoming: Sequence[ListedRun]
    past: Page[ListedRun] | None
    contributions: Contributions
    crews: Sequence[CrewName] = ()
    has_veiled_cards: bool = False
    """Whether the viewer's plan leaves out cards: listed here, they would say whose they are."""

    @property
    def can_be_reported(self) -> bool:
        """Whether the viewer may block or report the person."""
        return self.circle != "self" and self.state != "erased"


@dataclass(frozen=True, slots=True)
class Preview:
    """What one of `PREVIEW_ROLES` sees of a person: the page or None, and as organiser of `run` the row in its list."""

    profile: Profile | None
    run: Run | None = None
    attendee: Attendee | None = None

    @property
    def shows_phones(self) -> bool:
        """Whether the organiser sees phone numbers, and may look at the emergency contact, now."""
        shown = self.run is not None and phones_are_shown(self.run)
        return shown and self.attendee is not None and bool(self.attendee.phone)

    @property
    def shows_phones_from(self) -> datetime | None:
        """The time from which the organiser sees phone numbers."""
        return self.run and self.run.starts_at - PHONES_SHOWN_WITHIN


def profile_by_id(viewer: Person | None, person_id: uuid.UUID, after: str | None = None) -> Profile:
    """Return a person's page as this viewer sees it.

    Raise `NotFound`, the same for a person who does not exist and for one whose page the viewer may not see.
    """
    return _profile_of(str(person_id), viewer, after, by_handle=False)


def profile_by_handle(viewer: Person | None, handle: str, after: str | None = None) -> Profile:
    """Return the page of the person with this user name, in any case. Raise `NotFound` as `profile_by_id` does."""
    return _profile_of(handle.lower(), viewer, after, by_handle=True)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is read with a person: whether the viewer is their companion, in which crews both are, whether companions see their number."""

    companion: bool
    crews: tuple[CrewName, ...]
    shows_number: bool
    contributions: Contributions


def profile_for(
    person: Person, circle: Circle, viewer: Person | None = None, after: str | None = None, facts: Facts | None = None
) -> Profile | None:
    """Return the page as a circle sees it, None if it sees none; the rows of runs and cards are the viewer's.

    Without `facts`, what is needed of them is asked for.
    """
    if not opens(person.profile_visibility, circle):
        return None
    last_active_at = person.last_active_at if circle in SEES_ACTIVITY else None
    if last_active_at is not None:
        last_active_at -= (last_active_at - last_active_at.replace(minute=0, second=0, microsecond=0)) % ACTIVITY_STEP
    upcoming, past = runs.runs_of(viewer, person, after, past=person.shows_past_runs or circle == "self")
    of_person = cards.cards_of(viewer, person.id)
    shown = of_person if circle == "self" else without_veiled(viewer, of_person, lambda card: (card.id, person.id))
    phone = None
    if circle == "companion":
        phone = number_for_companions(person) if facts is None else person.phone if facts.shows_number else None
    return Profile(
        id=person.id,
        name=person.name,
        handle=person.handle,
        avatar=person.avatar,
        bio=person.bio,
        city=person.city,
        phone=phone,
        circle=circle,
        open_to_all=opens(person.profile_visibility, "visitor"),
        way_to_write=_way_of(circle, person),
        state=person.state if circle == "operator" else None,
        born=person.birth_year if person.shows_age else None,
        last_active_at=last_active_at,
        cards=shown,
        has_veiled_cards=len(shown) < len(of_person),
        upcoming=upcoming,
        past=past,
        contributions=contributions_of(person) if facts is None else facts.contributions,
        crews=facts.crews if facts is not None and circle != "self" else (),
    )


def _way_of(circle: Circle, person: Person) -> Way | None:
    """Return how people of a circle, who have no run in common with the person, may begin to write to them."""
    if circle not in ("stranger", "crew_mate", "companion"):
        return None
    return way_by(person.message_visibility, companions=circle == "companion", ground=circle != "stranger")


def circle_of(viewer: Person | None, person: Person, facts: Facts | None = None) -> Circle | None:
    """Return the circle of the viewer; None if one of the two blocked the other, or the person is not active."""
    if viewer is not None and viewer.id == person.id:
        return "self"
    if viewer is not None and viewer.is_operator:
        return "operator"
    if person.state != "active" or not person.name:
        return None
    if viewer is None:
        return "visitor"
    if person.id in hidden_ids(viewer):
        return None
    companion = are_companions(viewer.id, person.id) if facts is None else facts.companion
    if companion:
        return "companion"
    crew_mate = db.session.scalar(select(share_crew(viewer.id, person.id))) if facts is None else bool(facts.crews)
    return "crew_mate" if crew_mate else "stranger"


def preview_for(person: Person, role: str) -> Preview:
    """Return what a role sees of this person; an organiser is the one of the next run that the person goes to."""
    if role in PREVIEW_CIRCLES:
        return Preview(profile_for(person, PREVIEW_CIRCLES[role]))
    run = _next_run_of_others(person)
    if run is None:
        return Preview(None)
    circle = circle_of(run.organiser, person)
    return Preview(profile_for(person, circle) if circle else None, run, attendee_of(run.organiser, run, person))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers beside the rows of the person's own menu.

    `runs` are those that the person was at, `week_km` the length of those of this week that have one, and `met` the
    people who were at them too, of the last `RUNS_MET_IN`.
    """

    week_km: Decimal | None
    runs: int
    met: int
    ahead: int
    cards: int
    companions: int
    interests: int
    blocked: int
    sessions: int
    home_at: datetime | None


def numbers_of(person: Person) -> Numbers:
    """Return the numbers of a person's menu, in one statement."""
    week_begins = dates.week_begins(person.timezone)
    found = _numbers(person.id, clock.now(), week_begins, hidden_ids(person), is_operator=person.is_operator)
    return Numbers(*found.one())


@built_once
def _numbers(
    person_id: uuid.UUID, now: datetime, week_begins: datetime, hidden: list[uuid.UUID], *, is_operator: bool
) -> Any:
    person = stand_in(person_id, is_operator=is_operator)
    at_run = Participation.person_id == person_id, Participation.status == COMPLETED
    completed = select(Run.id).join(Participation, Participation.run_id == Run.id).where(*at_run)
    latest = completed.order_by(Run.starts_at.desc()).limit(RUNS_MET_IN)
    other = aliased(Participation)
    met = select(func.count(other.person_id.distinct())).where(
        other.run_id.in_(latest.scalar_subquery()),
        other.status == COMPLETED,
        other.person_id != person_id,
        is_visible_among(person, other.person_id, hidden),
    )
    week = select(func.sum(Run.distance_km)).where(Run.id.in_(completed), Run.starts_at >= week_begins)
    going = select(Participation.run_id).where(Participation.person_id == person_id, Participation.status == GOING)
    ahead = select(func.count()).where(
        Run.id.in_(union(going, runs_organised_by(person))), Run.cancelled_at.is_(None), Run.ends_at > now
    )
    columns = (
        week,
        select(func.count()).where(*at_run),
        met,
        ahead,
        select(func.count()).where(Card.owner_id == person_id),
        select(func.count()).select_from(companion_ids(person.id).subquery()),
        count_of_pending(person),
        select(func.count()).where(Block.blocker_id == person_id),
        count_of_sessions(person_id, now),
        select(Watch.expected_at).where(Watch.person_id == person_id, Watch.status.in_(RUNNING)),
    )
    return select(*(column.scalar_subquery() for column in columns))


def newest_picture(person: Person) -> PersonPicture | None:
    """Return the picture that the person added last: finished, waiting to be processed, or refused."""
    return pictures.newest_picture(PersonPicture, PersonPicture.person_id == person.id)


def face_file(viewer: Person | None, person_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name in storage of a face. Raise `NotFound`, also when the viewer may not see the person."""
    query = select(Person.id).where(Person.id == person_id, Person.avatar == picture, is_seen_by(viewer))
    if width not in WIDTHS or db.session.scalar(query) is None:
        raise NotFound
    return picture_file_name(person_id, picture, width)


def newest_link(person: Person) -> EmailVerification | None:
    """Return the link that was requested last."""
    link: EmailVerification | None = _newest_link(person.id).scalar_one_or_none()
    return link


@built_once
def _newest_link(person_id: uuid.UUID) -> Any:
    query = select(EmailVerification).where(EmailVerification.person_id == person_id)
    return query.order_by(EmailVerification.created_at.desc()).limit(1)


def waiting_link(person: Person) -> EmailVerification | None:
    """Return the link that the person may still follow."""
    link = newest_link(person)
    return link if link is not None and link.used_at is None and link.expires_at > clock.now() else None


def verification_for(person: Person, token: str, *, lock: bool = False) -> EmailVerification:
    """Return a link of this person by its token. Raise `NotFound`, also for another person's."""
    query = select(EmailVerification).where(
        EmailVerification.token_hash.in_(keyed_hashes("email", token)), EmailVerification.person_id == person.id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    link = db.session.scalar(query)
    if link is None:
        raise NotFound(
            _("This link does not work here. Open it where you are signed in with the account that asked for it.")
        )
    return link


def void_reason(person: Person, link: EmailVerification) -> str:
    """Return in words why a link of this person verifies nothing, "" while it is valid."""
    if link.used_at is not None or link.expires_at <= clock.now():
        return _("This link has been used or is too old. Ask for a new one.")
    newest = newest_link(person)
    if newest is None or newest.id != link.id:
        return _("A newer link was sent, so this one no longer works.")
    return ""


def is_verified(person: Person, link: EmailVerification) -> bool:
    """Return whether the link was followed and its address is in use: following it again changes nothing."""
    return link.used_at is not None and person.email == link.address


def _profile_of(name: str, viewer: Person | None, after: str | None, *, by_handle: bool) -> Profile:
    viewer_id = viewer.id if viewer is not None else None
    row = _person(name, viewer_id, hidden_ids(viewer), clock.now(), by_handle=by_handle).first()
    profile = None
    if row is not None:
        *values, companion, crews, shows_number, count, organised, minutes = row
        person = loaded(Person, values)
        facts = Facts(companion, CrewName.read(crews), shows_number, Contributions.of(count, organised, minutes))
        circle = circle_of(viewer, person, facts)
        profile = profile_for(person, circle, viewer, after, facts) if circle is not None else None
    if profile is None:
        raise NotFound
    return profile


@built_once
def _person(name: str, viewer_id: uuid.UUID | None, hidden: list[uuid.UUID], now: datetime, *, by_handle: bool) -> Any:
    """Return a person by their user name or id, with `Facts`."""
    is_called = Person.handle == name if by_handle else Person.id == cast(name, Uuid)
    person_id = select(Person.id).where(is_called).scalar_subquery()
    numbers = select_contributions(person_id, now).subquery()
    companion = is_companion_of(viewer_id, hidden, Person.id)
    near = func.coalesce(companion, False), shared_crews(viewer_id, Person.id)
    query = select(*columns_of(Person), *near, has_shown_number(Person.id), *numbers.c)
    return query.join(numbers, true()).where(is_called)


def _next_run_of_others(person: Person) -> Run | None:
    """Return the current or next run that this person goes to and somebody else organises."""
    return db.session.scalar(
        select(Run)
        .join(Run.organiser)
        .join(Participation, Participation.run_id == Run.id)
        .options(contains_eager(Run.organiser))
        .where(
            Participation.person_id == person.id,
            Participation.status == GOING,
            Run.organiser_id != person.id,
            is_visible_to(person, Run.organiser_id),
            Run.cancelled_at.is_(None),
            Run.ends_at > clock.now(),
        )
        .order_by(Run.starts_at, Run.id)
        .limit(1)
    )
