"""What members and admins see while somebody answers, changes, hides and deletes: the same, whatever they try before.

An observer is an admin and another member, who do all that they can: they change the settings of the crew, answer,
change and delete, leave and come back, remove others. Then somebody else answers, changes it and takes it back, by
numbers only and for themselves alone; every page and answer that the observers can get is compared with what they got
just before. And in all orders of two of their acts, what is published is looked at afterwards.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import permutations

import pytest

from hampa.checkins import actions as checkins
from hampa.checkins.queries import check_in_of, current_period
from hampa.crews.actions import crews as crew_actions, memberships
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live import publishing
from tests.factories.checkins import SCORES
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.trends.conftest import SETTLED, WEDNESDAY, publish
from tests.trends.test_numbers import ANSWERS, crew_values, rows

OTHER = ANSWERS | {"productive": 1, "satisfied": 1, "body": 1, "care": 10}


def settings(**changed):
    return lambda admin, _ally, crew, _other: crew_actions.change_crew(admin, crew.id, crew_values(crew, **changed))


def answers(**changed):
    def act(_admin, ally, crew, _other):
        checkins.check_in(ally, crew.id, None, ANSWERS | changed, replaces=True)

    return act


def delete(_admin, ally, crew, _other):
    one = check_in_of(ally, crew, current_period(crew))
    if one is not None:
        checkins.delete_check_in(ally, one.id)
        db.session.flush()


def leave_and_return(_admin, ally, crew, _other):
    memberships.leave_crew(ally, crew.id)
    memberships.join_crew(ally, crew.id)


def remove(admin, _ally, crew, other):
    memberships.remove_member(admin, crew.id, other.id, "Alone with the last one")


MOVES = {
    "lower": settings(numbers_from=3),
    "raise": settings(numbers_from=20),
    "daily": settings(frequency="daily"),
    "zone": settings(timezone="Pacific/Auckland"),
    "hide": answers(),
    "show": answers(sharing="crew"),
    "extreme": answers(productive=10, satisfied=10, body=10, care=1),
    "delete": delete,
    "return": leave_and_return,
    "remove": remove,
}
"""What observers do."""
BEFORE = ((), ("lower", "hide"), ("daily", "show", "return"), tuple(MOVES))
ORDERED = ("lower", "raise", "daily", "hide", "show", "delete", "return")
PAGES = ("", "/members", "/members/VICTIM", "/check-ins", "/check-ins/numbers", "/check-ins/numbers/mine", "/log")
ENGLISH = {"Accept-Language": "en"}
TOKENS = re.compile(r'name="(csrf_token|submission)" value="[^"]*"|data-(session|stream-after)="[^"]*"')


@pytest.fixture
def events(monkeypatch):
    """Return the live events that are published."""
    told = []
    monkeypatch.setattr(publishing, "_add", told.append)
    return told


def seen(admin, ally, asking, crew, victim):
    """Return all that the observers can get of the crew, line by line, without tokens.

    They look by the same browsers each time, and whether the pages are well formed is asked elsewhere: that costs half.
    """
    own = f"/crews/{crew.id}"
    texts = [
        str(asking.get(f"{own}/{path}", 200).data)
        for path in ("check-ins", "check-ins/numbers", "check-ins/numbers/mine")
    ]
    for reader, paths in ((admin, PAGES), (ally, ("", "/check-ins", "/check-ins/numbers/mine"))):
        for path in paths:
            answer = reader.client.get(f"{own}{path}".replace("VICTIM", str(victim.id)), headers=ENGLISH)
            assert answer.status_code == 200, path
            texts.append(answer.get_data(as_text=True))
    return [line for one in texts for line in TOKENS.sub("", one).splitlines()]


def acts_of(victim, crew):
    """Do in turn what somebody does who wants nobody to know of it."""
    yield checkins.check_in(victim, crew.id, None, OTHER)
    yield checkins.check_in(victim, crew.id, None, OTHER | SCORES, replaces=True)
    yield checkins.check_in(victim, crew.id, None, OTHER | {"sharing": "private"}, replaces=True)
    one = checkins.check_in(victim, crew.id, None, OTHER, replaces=True)
    checkins.delete_check_in(victim, one.id)
    yield db.session.flush()


def test_nothing_tells_that_somebody_answers_changes_or_deletes(page, program, people, events):
    admin, ally, victim, other, *others = people
    observers = page.as_(admin), page.as_(ally), program.as_(ally)
    for moves in BEFORE:
        crew = make_crew(*people, name="Dawn Patrol", first_day=6, joining="open", is_listed=True)
        for person in others[:3]:
            checkins.check_in(person, crew.id, None, ANSWERS)
        for move in moves:
            MOVES[move](admin, ally, crew, other)
        db.session.commit()
        seen(*observers, crew, victim)  # what has happened is said once
        before = seen(*observers, crew, victim)
        events.clear()
        for number, _done in enumerate(acts_of(victim, crew)):
            db.session.commit()
            assert not events, (moves, number)
            after = seen(*observers, crew, victim)
            assert after == before, (moves, number, set(after) ^ set(before))


def test_no_order_of_acts_makes_a_second_version_or_one_of_too_few(people):
    """Each period is decided once. What counts without a name is of five at least, and nothing that follows changes it."""
    admin, victim, other, *others = people[:7]
    crews = []
    for moves in permutations(ORDERED, 2):
        ally = make_person()
        crew = make_crew(*people[:7], ally, name="Dawn Patrol", first_day=6, joining="open", is_listed=True)
        for person in (victim, *others[:3]):
            checkins.check_in(person, crew.id, None, ANSWERS)
        for move in moves:
            MOVES[move](admin, ally, crew, other)
        crews.append((crew, moves))
    publish(SETTLED + timedelta(days=1))
    published = {}
    for crew, moves in crews:
        named = int("show" in moves)
        for row in rows(crew):
            published[row.id] = (row.answers, row.score)
            # Four were promised five, and the ally's answer is the fifth unless they are known, or promised more.
            if row.answers is not None:
                assert row.answers >= 5 and not named, (moves, row.answers)
                assert {"hide", "extreme"} & set(moves), moves
    with clock.frozen(WEDNESDAY + timedelta(days=1)):
        for crew, _moves in crews:
            for one in (victim, others[0]):
                stored = check_in_of(one, crew, current_period(crew))
                if stored is not None:
                    checkins.delete_check_in(one, stored.id)
    db.session.flush()
    assert publish(SETTLED + timedelta(days=20)) == 0
    assert {row.id: (row.answers, row.score) for crew, _moves in crews for row in rows(crew)} == published
    assert any(answers for answers, _score in published.values())
