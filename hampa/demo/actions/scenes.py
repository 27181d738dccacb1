"""Details of some demo runs: one nearly full and soon, one by approval, pace groups, co-organisers, comments."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hampa.attendance.models import Attendance
from hampa.comments.models import Comment
from hampa.demo import data
from hampa.demo.actions.people import demo_id
from hampa.demo.actions.pictures import add_photo
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.questions.models import TEXT, YES_NO, Question
from hampa.recaps.models import Thanks
from hampa.runs.models.participation import COMPLETED, GOING, INTERESTED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import ORGANISER, PaceGroup, Run, RunInvitation, RunOrganiser

SOON, BY_APPROVAL, IN_GROUPS, SHARED = 8, 16, 24, 9
"""Slots of the runs: the first three are Sara's, the last that of a person who asked her to organise it too."""
OUTINGS = {SOON: 2, BY_APPROVAL: 4, IN_GROUPS: 0}
CAPACITIES = {SOON: 12, BY_APPROVAL: 15, IN_GROUPS: 40}
COMERS = {
    SOON: [GOING] * 11 + [WAITLISTED] * 2 + [INTERESTED] * 2,
    BY_APPROVAL: [GOING] * 6 + [REQUESTED] * 4,
    IN_GROUPS: [GOING] * 24 + [INTERESTED] * 3,
}
"""Statuses of the participants. In the first run two wait who run together: one place is left, and they need two."""
STARTS = ((6, 30), (18, 30), (20, 45))
NOT_BEFORE = timedelta(hours=2)
PHOTOS_OF = 5
"""So many of the latest past runs have several photos, the others one."""
COMMENTS_EVERY = 3
"""Every n-th run has comments."""


def soon(zone: ZoneInfo, now: datetime) -> datetime:
    """Return the next morning or evening start that is not too soon, as a local time."""
    today = now.astimezone(zone).date()
    starts = (datetime.combine(today + timedelta(days=day), time(*start)) for day in (0, 1) for start in STARTS)
    return next(start for start in starts if start.replace(tzinfo=zone) >= now + NOT_BEFORE)


def set_scene(slot: int, run: Run, comers: list[Participation], people: list[Person]) -> None:
    """Add the special details of a slot to a new run."""
    if slot == SOON:
        first, second = [comer for comer in comers if comer.status == WAITLISTED]
        first.together_with_id, second.together_with_id = second.person_id, first.person_id
    elif slot == BY_APPROVAL:
        _ask(run, comers, people)
        for number, comer in enumerate(comer for comer in comers if comer.status == REQUESTED):
            comer.note = (data.ASKING_FA if _speaks_persian(comer, people) else data.ASKING_EN)[number]
    elif slot == IN_GROUPS:
        _add_pace_groups(run, [comer for comer in comers if comer.status == GOING])
        _add_organiser(run, people[1])
        _add_organiser(run, people[3])
    elif slot == SHARED and run.organiser_id != people[0].id:
        _invite_organiser(run, people[0])


def add_comments(slot: int, run: Run, comers: list[Participation], people: list[Person], dice: random.Random) -> None:
    """Add comments of participants, each in their language, the last one some hours old."""
    words = {True: dice.sample(data.SAID_FA, 4), False: dice.sample(data.SAID_EN, 4)}
    few = comers[: dice.randint(2, 4)]
    for number, comer in enumerate(few):
        ago = timedelta(hours=3 + 7 * (len(few) - number), minutes=dice.randint(0, 59))
        db.session.add(
            Comment(
                id=demo_id("comment", slot, run.id.int % 1_000_000, number),
                run_id=run.id,
                author_id=comer.person_id,
                text=words[_speaks_persian(comer, people)][number],
                created_at=clock.now() - ago,
            )
        )


def add_memories(number: int, run: Run, comers: list[Participation], people: list[Person], dice: random.Random) -> None:
    """Add what is left of a past run: marks of who came, photos, comments and thanks."""
    ended = run.ends_at
    came = [comer for comer in comers if comer.status == COMPLETED]
    for comer in comers:
        mark = {"marked": comer.status, "marked_at": ended, "marked_by_id": run.organiser_id}
        db.session.add(Attendance(participation_id=comer.id, **mark))
    for position, comer in enumerate(came[: 3 if number < PHOTOS_OF else 1]):
        add_photo(run, comer.person_id, position)
    words = {True: dice.sample(data.AFTER_FA, 3), False: dice.sample(data.AFTER_EN, 3)}
    for position, comer in enumerate(came[: dice.randint(1, 3)]):
        db.session.add(
            Comment(
                id=demo_id("memory", number, position),
                run_id=run.id,
                author_id=comer.person_id,
                text=words[_speaks_persian(comer, people)][position],
                created_at=ended + timedelta(hours=1 + 3 * position, minutes=dice.randint(0, 59)),
            )
        )
    thankful = [comer for comer in came if comer.person_id != run.organiser_id][: dice.randint(2, 6)]
    db.session.add_all(Thanks(run_id=run.id, person_id=comer.person_id) for comer in thankful)
    db.session.flush()


def _ask(run: Run, comers: list[Participation], people: list[Person]) -> None:
    """Let the run ask two questions, which those who want to join have answered."""
    persian = next(person for person in people if person.id == run.organiser_id).locale == "fa"
    first, second = data.QUESTIONS_FA if persian else data.QUESTIONS_EN
    run.questions = (
        Question(id="experience", text=first, kind=TEXT, required=True),
        Question(id="headlamp", text=second, kind=YES_NO, required=True),
    )
    for number, comer in enumerate(comers):
        answers = data.ANSWERS_FA if _speaks_persian(comer, people) else data.ANSWERS_EN
        comer.answers = {"experience": answers[number % len(answers)], "headlamp": "yes" if number % 3 else "no"}


def _speaks_persian(comer: Participation, people: list[Person]) -> bool:
    return next(person for person in people if person.id == comer.person_id).locale == "fa"


def _add_pace_groups(run: Run, going: list[Participation]) -> None:
    """Add three pace groups, each led by a participant, and put everybody into one of them."""
    groups = [
        PaceGroup(
            run_id=run.id,
            position=place,
            name=name,
            pace=pace,
            size=size,
            leader_id=going[place].person_id,
            leader_agreed_at=clock.now() - timedelta(days=1),
        )
        for place, (name, pace, size) in enumerate(data.PACE_GROUPS_FA)
    ]
    db.session.add_all(groups)
    db.session.flush()
    for place, comer in enumerate(going):
        comer.pace_group_id = groups[place % len(groups)].id


def _add_organiser(run: Run, person: Person) -> None:
    at = clock.now() - timedelta(days=2)
    db.session.add(RunOrganiser(run_id=run.id, person_id=person.id, added_by_id=run.organiser_id, agreed_at=at))


def _invite_organiser(run: Run, person: Person) -> None:
    until = clock.now() + timedelta(days=10)
    db.session.add(
        RunInvitation(run_id=run.id, role=ORGANISER, person_id=person.id, asker_id=run.organiser_id, expires_at=until)
    )
