"""The roster: everybody in a run, for a spreadsheet and for paper."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, literal, null, or_, select, true

from hampa.cards.models import Card
from hampa.cards.queries.interests import companion_ids
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import CAME, INVOLVED, Participation
from hampa.runs.models.run import PaceGroup, Run

BATCH_SIZE = 1_000
PHONES_SHOWN_WITHIN = timedelta(hours=2)
"""The time before the start and after the end in which organisers see phone numbers and emergency contacts."""


AGREED_START_LASTS = timedelta(hours=14)
"""How long after an agreed start that was moved numbers are shown: the run may be later on the same day."""


def phones_are_shown(run: Run) -> bool:
    """Return whether it is the time around the run, when somebody is late or lost and organisers see phone numbers."""
    return run.starts_at - PHONES_SHOWN_WITHIN <= clock.now() <= run.ends_at + PHONES_SHOWN_WITHIN


def phone_opened(run: Run) -> ColumnElement[bool]:
    """Return the condition that the time of the run opens a participant's number and emergency contact to organisers.

    Around the run organisers may call people who come and joined by themselves. They set the start, so a start alone
    does not open anything: it stood for a day, or an earlier one is near too, to which the person agreed or which stood
    for a day while they were in the run.
    """
    if not phones_are_shown(run):
        return false()
    now = clock.now()
    since, until = now - AGREED_START_LASTS, now + PHONES_SHOWN_WITHIN
    opened: list[ColumnElement[bool]] = [Participation.agreed_starts_at.between(since, until)]
    if run.starts_stood:
        opened.append(true())
    elif run.steady_starts_at is not None and since <= run.steady_starts_at <= until:
        opened.append(Participation.agreed_starts_at.is_(None) & (Participation.created_at < run.steady_until))
    return and_(Participation.status.in_(CAME), Participation.added_by_organiser.is_(False), or_(*opened))


def display_name_column(row: Any = Participation) -> ColumnElement[str]:
    """Return the name of a `Person` in the lists of a run: a walk-in has the name that the organiser chose.

    A walk-in who is deleting their account has none. One who is suspended keeps the chosen name: their own would tell
    whose number it is.
    """
    return case((and_(row.display_name != "", Person.state != "leaving"), row.display_name), else_=Person.name)


def listed_id_column(row: Any = Participation) -> ColumnElement[Any]:
    """Return the id of a `Person` in the lists of a run, that of the participation for a walk-in.

    Pages show it: as the colour of a face without a picture.
    """
    return case((row.display_name != "", row.id), else_=Person.id)


def avatar_column(viewer: Person, row: Any = Participation) -> ColumnElement[str | None]:
    """Return the picture of a `Person` in the lists of a run, as far as the viewer may see it.

    A walk-in has none: a face tells as much as a name. Neither have people whom an organiser sees only in order to
    count heads, because they are hidden from the organiser or shut out.
    """
    shown = and_(row.display_name == "", is_visible_to(viewer, Person.id))
    return case((shown, Person.avatar), else_=null())


def phone_column(organiser: Person, run: Run) -> ColumnElement[str]:
    """Return the phone number of a participant (`Person`, `Participation` and its `Card`), "" where it is not shown.

    Around the run organisers may call people who joined by themselves; at other times the card of the participant
    decides.
    """
    accepted = and_(Card.phone_visibility == "accepted", Person.id.in_(companion_ids(organiser.id)))
    shown = [Card.phone_visibility == "public", accepted]
    if phones_are_shown(run):
        shown.append(phone_opened(run))
    return case((or_(*shown), Person.phone), else_=literal(""))


def roster_of(organiser: Person, run: Run, statuses: Sequence[str] = INVOLVED) -> Iterator[Any]:
    """Yield the people with these statuses in the order of joining, read in batches by short statements.

    `phone` is E.164, or "" where the organiser may not see it.
    """
    query = (
        select(
            Person.id,
            display_name_column().label("name"),
            Participation.status,
            Participation.rank,
            Participation.guests,
            PaceGroup.name.label("pace_group"),
            Participation.note,
            Participation.answers,
            Participation.organiser_note,
            Card.title.label("card"),
            phone_column(organiser, run).label("phone"),
            Participation.created_at.label("joined_at"),
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .outerjoin(PaceGroup, PaceGroup.id == Participation.pace_group_id)
        .where(Participation.run_id == run.id, Participation.status.in_(statuses))
        .order_by(Participation.rank)
        .limit(BATCH_SIZE)
    )
    rows = db.session.execute(query).all()
    while rows:
        yield from rows
        after = rows[-1].rank
        rows = db.session.execute(query.where(Participation.rank > after)).all() if len(rows) == BATCH_SIZE else []
