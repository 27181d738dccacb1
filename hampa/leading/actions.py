"""Asking people to lead pace groups, and their answers, under the run's lock."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select, update

from hampa.leading.queries import takes_part_or_organises
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.actions.places import after_lost_place
from hampa.runs.admission import refuse_closed
from hampa.runs.models.participation import WANTS_TO_GO, Participation
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.pace_groups import is_asked, is_led_by, is_unanswered
from hampa.runs.queries.snapshots import run_snapshot

NOBODY: dict[str, Any] = {
    "leader_id": None,
    "leader_asker_id": None,
    "leader_agreed_at": None,
    "leader_declined_at": None,
    "leader_for_series": False,
}
"""The columns of a pace group without a leader."""


def set_leader(group: PaceGroup, leader_id: uuid.UUID | None, asker_id: uuid.UUID) -> bool:
    """Choose who leads a group, and return whether that is new; whoever chooses themselves agrees by that.

    Somebody who has said no to the group keeps their no until another person is chosen.
    """
    if leader_id == group.leader_id or (leader_id is None and group.leader_declined_at is not None):
        return False
    for name, value in NOBODY.items():
        setattr(group, name, value)
    group.leader_id = leader_id
    if leader_id == asker_id:
        group.leader_agreed_at = clock.now()
    elif leader_id is not None:
        group.leader_asker_id = asker_id
    return True


def ask_leaders(run_ids: Collection[uuid.UUID], asker: Person) -> None:
    """Notify those whom the organiser has asked to lead groups of runs, each once a group, of their first run."""
    rows = db.session.execute(
        select(PaceGroup.id, PaceGroup.leader_id, Run)
        .join(Run, Run.id == PaceGroup.run_id)
        .where(PaceGroup.run_id.in_(run_ids), PaceGroup.leader_asker_id == asker.id, is_unanswered())
        .order_by(Run.starts_at, PaceGroup.position)
    ).all()
    first: dict[uuid.UUID, uuid.UUID] = {}
    for group_id, leader_id, run in rows:
        if leader_id is not None and first.setdefault(leader_id, run.id) == run.id:
            notify(
                [leader_id],
                "run_lead_asked",
                actor_id=asker.id,
                subject_id=run.id,
                data={**run_snapshot(run), "of": str(group_id)},
                event=f"{group_id}:{leader_id}",
                expires_at=run.starts_at,
            )


def withdraw_questions(run: Run, people: Collection[uuid.UUID]) -> None:
    """Mark as read what people were asked who are not asked any more."""
    if people:
        read_about(people, run.id, kinds=["run_lead_asked"])


def accept_leading(person: Person, run_id: uuid.UUID, group_id: uuid.UUID, *, with_series: bool = False) -> None:
    """Say yes to leading a group: from now on the person's name stands under it, and they count in it if they go.

    With `with_series` they lead the groups of the later runs of the series too that they are asked to lead, and those
    of runs that are made later. Raise Refused when the question is over, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    group = _group_of(person, run, group_id)
    if group is None:
        raise Refused(_("This question is over: it was taken back, or its time has passed."))
    refuse_closed(run)
    read_about([person.id], run.id, kinds=["run_lead_asked"])
    if group.leader_agreed_at is not None:
        return
    agreed = {"leader_agreed_at": clock.now(), "leader_for_series": with_series and run.series_id is not None}
    chosen = [group.id]
    if agreed["leader_for_series"]:
        in_series = select(Run.id).where(
            Run.series_id == run.series_id, Run.starts_at >= run.starts_at, Run.cancelled_at.is_(None)
        )
        asked = select(PaceGroup.id).where(
            PaceGroup.run_id.in_(in_series), PaceGroup.name == group.name, is_asked(person.id)
        )
        chosen = list(db.session.scalars(asked.with_for_update()))
    _update(PaceGroup.id.in_(chosen), agreed)
    _count_in_groups(chosen)
    _notify_organisers(run, person, group, "accepted")
    invalidate_listing()


def decline_leading(person: Person, run_id: uuid.UUID, group_id: uuid.UUID) -> None:
    """Say no to leading a group, or lead it no longer; the group is without a leader then. Raise NotFound."""
    run = runs.locked_run(run_id, person)
    group = _group_of(person, run, group_id)
    if group is None:
        return
    read_about([person.id], run.id, kinds=["run_lead_asked"])
    what = "declined" if group.leader_agreed_at is None else "stopped"
    group.leader_agreed_at, group.leader_declined_at, group.leader_for_series = None, clock.now(), False
    db.session.flush()
    _notify_organisers(run, person, group, what)
    invalidate_listing()


@after_lost_place
def end_leading(run: Run, person_id: uuid.UUID) -> None:
    """Leave the groups of a locked run without a leader whom a person leads, or is asked to, who is no longer there."""
    if not run.paces:
        return
    led = PaceGroup.run_id == run.id, PaceGroup.leader_id == person_id
    gone = ~takes_part_or_organises(person_id, run.id)
    ended = update(PaceGroup).where(*led, gone).values(**NOBODY).returning(PaceGroup.id)
    if db.session.scalars(ended.execution_options(synchronize_session="fetch")).all():
        withdraw_questions(run, [person_id])
        invalidate_listing()


def end_leading_between(one_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """Leave groups without a leader who is hidden from the owner of the run, or from the organiser who asked."""
    owned = {leader: select(Run.id).where(Run.organiser_id == owner) for leader, owner in _both(one_id, other_id)}
    for leader, owner in _both(one_id, other_id):
        by_owner = PaceGroup.run_id.in_(owned[leader]) | (PaceGroup.leader_asker_id == owner)
        _update(PaceGroup.leader_id == leader, NOBODY, by_owner)
    invalidate_listing()


def lead_in_series(run: Run) -> None:
    """Let the organiser who has chosen themselves lead in later runs of the series too."""
    _update(PaceGroup.run_id == run.id, {"leader_for_series": True}, PaceGroup.leader_id == run.organiser_id)


def choose_in_series(organiser: Person, edited: Run, following: Sequence[Run], names: Collection[str]) -> None:
    """Choose the leaders of groups of a run, by `names`, for the following runs of its series too, and ask them."""
    if names:
        if organiser.id == edited.organiser_id:
            lead_in_series(edited)
        _spread_leaders(organiser, edited, following, names)
        ask_leaders([run.id for run in following], organiser)


def _spread_leaders(organiser: Person, edited: Run, following: Sequence[Run], names: Collection[str]) -> None:
    """Choose the leaders of groups of a run for the groups of the same name in the following runs of its series.

    Who is not in a run yet, or does not organise it, is not asked for that run. Others than the organiser, who has
    chosen, are asked: a yes to one run is none to the next. One statement for any number of runs.
    """
    run_ids = [run.id for run in following if run is not edited]
    if not run_ids or not names:
        return
    source = PaceGroup.__table__.alias("source")
    chosen = update(PaceGroup).where(
        PaceGroup.run_id.in_(run_ids),
        source.c.run_id == edited.id,
        source.c.name == PaceGroup.name,
        PaceGroup.name.in_(names),
        PaceGroup.leader_id.is_distinct_from(source.c.leader_id),
        source.c.leader_id.is_(None) | takes_part_or_organises(source.c.leader_id, PaceGroup.run_id),
    )
    agreed = source.c.leader_agreed_at.is_not(None) & (
        (source.c.leader_id == organiser.id) | source.c.leader_for_series
    )
    columns = {name: source.c[name] for name in NOBODY} | {
        "leader_asker_id": case((agreed | source.c.leader_id.is_(None), None), else_=organiser.id),
        "leader_agreed_at": case((agreed, source.c.leader_agreed_at), else_=None),
    }
    db.session.execute(chosen.values(**columns).execution_options(synchronize_session=False))


def copy_leaders(source_id: uuid.UUID, run: Run) -> None:
    """Give the groups of a new run of a series the leaders who agreed to lead in its later runs, and are there."""
    source = PaceGroup.__table__.alias("source")
    copied = update(PaceGroup).where(
        PaceGroup.run_id == run.id,
        PaceGroup.leader_id.is_(None),
        source.c.run_id == source_id,
        source.c.name == PaceGroup.name,
        source.c.leader_for_series,
        source.c.leader_agreed_at.is_not(None),
        takes_part_or_organises(source.c.leader_id, run.id),
    )
    columns = {name: source.c[name] for name in NOBODY}
    led = copied.values(**columns).returning(PaceGroup.id).execution_options(synchronize_session=False)
    _count_in_groups(db.session.scalars(led).all())


def _group_of(person: Person, run: Run, group_id: uuid.UUID) -> PaceGroup | None:
    mine = is_asked(person.id) | is_led_by(person.id)
    return db.session.scalar(select(PaceGroup).where(PaceGroup.run_id == run.id, PaceGroup.id == group_id, mine))


def _both(one_id: uuid.UUID, other_id: uuid.UUID) -> tuple[tuple[uuid.UUID, uuid.UUID], ...]:
    return (one_id, other_id), (other_id, one_id)


def _update(condition: ColumnElement[bool], values: dict[str, Any], *more: ColumnElement[bool]) -> None:
    rows = update(PaceGroup).where(condition, *more).values(**values)
    db.session.execute(rows.execution_options(synchronize_session="fetch"))


def _count_in_groups(group_ids: Collection[uuid.UUID]) -> None:
    """Let leaders who go, or wait for a place, count in the groups that they lead."""
    rows = update(Participation).where(
        Participation.person_id == PaceGroup.leader_id,
        Participation.status.in_(WANTS_TO_GO),
        Participation.run_id == PaceGroup.run_id,
        PaceGroup.id.in_(group_ids),
    )
    values = {"pace_group_id": PaceGroup.id, "version": Participation.version + 1, "updated_at": clock.now()}
    db.session.execute(rows.values(**values).execution_options(synchronize_session="fetch"))


def _notify_organisers(run: Run, person: Person, group: PaceGroup, what: str) -> None:
    """Notify the organiser who asked or, without one, all of them."""
    people = organiser_ids(run.id) if group.leader_asker_id is None else [group.leader_asker_id]
    notify(
        people,
        "run_lead_answered",
        actor_id=person.id,
        subject_id=run.id,
        data={**run_snapshot(run), "of": str(group.id), "what": what},
        event=f"{what}:{group.id}:{person.id}:{clock.now().isoformat()}",
        expires_at=run.ends_at,
    )
