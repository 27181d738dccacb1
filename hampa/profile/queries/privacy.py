"""How others see me: asked by what their own pages ask, so that this can't say anything else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from hampa.attendance.queries import Attendee, some_attendees
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.people.queries.privacy import Circle
from hampa.platform import clock
from hampa.platform.db import db
from hampa.profile.queries.people import Shown, circle_of, shown_to
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.roster import PHONES_SHOWN_WITHIN, phones_are_shown

CIRCLES: dict[str, Circle] = {"visitor": "visitor", "stranger": "stranger", "companion": "companion"}
LOOKERS = (*CIRCLES, "organiser")


@dataclass(frozen=True, slots=True)
class Sight:
    """What one of `LOOKERS` sees: my page or None, and as organiser of `run`, my line in their list of the morning."""

    shown: Shown | None
    run: Run | None = None
    line: Attendee | None = None

    @property
    def calls(self) -> bool:
        """Whether the organiser sees numbers, and may look at the contact, right now."""
        return self.run is not None and phones_are_shown(self.run)

    @property
    def calls_from(self) -> object:
        """When that begins."""
        return self.run and self.run.starts_at - PHONES_SHOWN_WITHIN


def sight_of(person: Person, looker: str) -> Sight:
    """What a looker sees of this person; as organiser, the one of the next run that they go to, if there is one."""
    if looker in CIRCLES:
        return Sight(shown_to(person, CIRCLES[looker]))
    run = _next_run_of_somebody(person)
    if run is None:
        return Sight(None)
    circle = circle_of(run.organiser, person)
    lines = some_attendees(run.organiser, run, [person.id])
    return Sight(shown_to(person, circle) if circle else None, run, lines[0] if lines else None)


def _next_run_of_somebody(person: Person) -> Run | None:
    """The next run, or the one that is on, that this person goes to and somebody else organises."""
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
