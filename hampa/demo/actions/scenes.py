"""What makes some runs of the demo worth a look: one that is nearly full and soon, one by approval, pace groups with
leaders, several who organise together, and what people say under a run.
"""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hampa.comments.models import Comment
from hampa.demo import data
from hampa.demo.actions.people import made_id
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import GOING, INTERESTED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import PaceGroup, Run

SOON, BY_APPROVAL, IN_GROUPS, SHARED = 8, 16, 24, 9
"""Slots of the runs: the first three are Sara's, the last somebody's who asked her to organise it too."""
OUTINGS = {SOON: 2, BY_APPROVAL: 4, IN_GROUPS: 0}
CAPACITIES = {SOON: 12, BY_APPROVAL: 15, IN_GROUPS: 40}
COMERS = {
    SOON: [GOING] * 11 + [WAITLISTED] * 2 + [INTERESTED] * 2,
    BY_APPROVAL: [GOING] * 6 + [REQUESTED] * 4,
    IN_GROUPS: [GOING] * 24 + [INTERESTED] * 3,
}
"""Who wants to come to them. Of the first, two wait who run together: one place is left, and they need two."""
STARTS = ((6, 30), (18, 30), (20, 45))
NOT_BEFORE = timedelta(hours=2)
SAID_UNDER = 3
"""Every so manieth run has people who say something."""


def soon(zone: ZoneInfo, now: datetime) -> datetime:
    """The next morning or evening that is not just now, as a wall time there."""
    today = now.astimezone(zone).date()
    starts = (datetime.combine(today + timedelta(days=day), time(*start)) for day in (0, 1) for start in STARTS)
    return next(start for start in starts if start.replace(tzinfo=zone) >= now + NOT_BEFORE)


def set_scene(slot: int, run: Run, comers: list[Participation], people: list[Person]) -> None:
    """Add to a run that was just made what is special about it."""
    if slot == SOON:
        one, other = [comer for comer in comers if comer.status == WAITLISTED]
        one.together_with_id, other.together_with_id = other.person_id, one.person_id
    elif slot == BY_APPROVAL:
        for number, comer in enumerate(comer for comer in comers if comer.status == REQUESTED):
            comer.note = (data.ASKING_FA if speaks_persian(comer, people) else data.ASKING_EN)[number]
    elif slot == IN_GROUPS:
        _go_in_groups(run, [comer for comer in comers if comer.status == GOING])
        _organise_too(run, people[1], agreed=True)
        _organise_too(run, people[3], agreed=True)
    elif slot == SHARED and run.organiser_id != people[0].id:
        _organise_too(run, people[0], agreed=False)


def say_something(slot: int, run: Run, comers: list[Participation], people: list[Person], dice: random.Random) -> None:
    """A few words of those who come, each in their language, the last of them some hours ago."""
    words = {True: dice.sample(data.SAID_FA, 4), False: dice.sample(data.SAID_EN, 4)}
    few = comers[: dice.randint(2, 4)]
    for number, comer in enumerate(few):
        ago = timedelta(hours=3 + 7 * (len(few) - number), minutes=dice.randint(0, 59))
        db.session.add(
            Comment(
                id=made_id("comment", slot, run.id.int % 1_000_000, number),
                run_id=run.id,
                author_id=comer.person_id,
                text=words[speaks_persian(comer, people)][number],
                created_at=clock.now() - ago,
            )
        )


def speaks_persian(comer: Participation, people: list[Person]) -> bool:
    return next(one for one in people if one.id == comer.person_id).locale == "fa"


def _go_in_groups(run: Run, going: list[Participation]) -> None:
    """Three paces, each led by somebody who comes; everybody runs with one of them."""
    groups = [
        PaceGroup(run_id=run.id, position=place, name=name, pace=pace, size=size, leader_id=going[place].person_id)
        for place, (name, pace, size) in enumerate(data.PACE_GROUPS_FA)
    ]
    db.session.add_all(groups)
    db.session.flush()
    for place, comer in enumerate(going):
        comer.pace_group_id = groups[place % len(groups)].id


def _organise_too(run: Run, person: Person, *, agreed: bool) -> None:
    at = clock.now() - timedelta(days=2) if agreed else None
    db.session.add(RunOrganiser(run_id=run.id, person_id=person.id, added_by_id=run.organiser_id, agreed_at=at))
