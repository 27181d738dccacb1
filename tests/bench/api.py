"""Lists of the API against the yardstick, for many people with a token each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import nan
from pathlib import Path
from urllib.request import Request, urlopen

from sqlalchemy import select

from hampa.coaching.models.athletes import Coach
from hampa.crews.models import Crew
from hampa.platform.api.tokens import ALL
from hampa.platform.db import db
from hampa.platform.security import access_tokens
from tests.bench import load, world
from tests.bench.figures import LARGE, Site, against, bare, site
from tests.bench.pages import MANY, coach_of_many, crew_of_many, duties_of_a_year, people_with_more, trained
from tests.factories.crews import make_crew

LISTS = (
    ("API: runs", "/api/v1/runs"),
    ("API: cards", "/api/v1/cards"),
    ("API: my runs", "/api/v1/me/runs"),
    ("API: crews", "/api/v1/crews"),
    ("API: interests", "/api/v1/interests"),
    ("API: notifications", "/api/v1/notifications"),
    ("API: conversations", "/api/v1/conversations"),
    ("API: me", "/api/v1/me"),
    ("API: my duties", "/api/v1/me/duties"),
    ("API: shifts that I can take", "/api/v1/shifts/available"),
    ("API: schedules of duties", "/api/v1/schedules"),
    ("API: my check-ins", "/api/v1/me/check-ins"),
    ("API: badges", "/api/v1/badges"),
    ("API: my payments", "/api/v1/me/payments"),
)
"""What many ask for."""
OF_TRAINING = (
    ("API: activities of ten years", "/api/v1/me/activities"),
    ("API: my plans", "/api/v1/me/plans"),
    ("API: my files", "/api/v1/me/files"),
    ("API: my challenges", "/api/v1/me/challenges"),
)
"""What one person with ten years of training asks for."""
OF_COACHING = (("API: two hundred athletes", "/api/v1/me/athletes"),)
SEARCHES = (("API: a search over everything", "/api/v1/search?q=tea", 0.08),)
"""What many search, with the bar of the page."""
CREWS = 40
TEA = "We run before work, and have tea after."


def list_crews(ours: Site) -> None:
    """Make crews that anybody may find, once."""
    with ours.app.app_context():
        people = db.session.scalars(select(world.Person).order_by(world.Person.phone.desc()).limit(CREWS)).all()
        if db.session.scalar(select(Crew.id).where(Crew.description == TEA).limit(1)) is None:
            for person in people:
                make_crew(person, is_listed=True, joining="open", description=TEA)
        db.session.commit()
        db.engine.dispose()


def programs(ours: Site) -> list[str]:
    """Return the Authorization headers of programs of many people."""
    with ours.app.app_context():
        people = db.session.scalars(select(world.Person).order_by(world.Person.phone).limit(MANY)).all()
        headers = [header_of(person) for person in people]
        db.session.commit()
        db.engine.dispose()
    return headers


def header_of(person: world.Person) -> str:
    """Return the Authorization header of a new program of a person; inside an app context."""
    world.auth.open_session(person, address="127.0.0.1", agent="bench", method="code", is_program=True)
    assert person.session_id is not None
    return f"Bearer {access_tokens.encode(person.id, person.session_id, [ALL], 'person')}"


def coach(ours: Site) -> str:
    """Return the Authorization header of a program of the person who coaches two hundred."""
    with ours.app.app_context():
        header = header_of(db.session.get_one(world.Person, db.session.scalars(select(Coach.coach_id).limit(1)).one()))
        db.session.commit()
        db.engine.dispose()
    return header


def is_empty(port: int, path: str, authorization: str) -> bool:
    """Return whether a program gets a list in which nothing stands, which says nothing about lists."""
    asked = Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": authorization})
    with urlopen(asked) as answer:  # noqa: S310 - our own site
        body = json.load(answer)
    return not body["data"]


def api(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int, words: Sequence[str] = ()) -> None:
    """Measure the lists that programs ask for most, or those with one of these words in their names, against the yardstick."""
    with site(home, LARGE, signed_in=4) as ours:
        people_with_more(ours)
        tokens = programs(ours)
        list_crews(ours)
        crew_of_many(ours)
        duties_of_a_year(ours)
        trained(ours)
        coach_of_many(ours)
        asked = [(name, path, tokens, 0.5) for name, path in LISTS]
        asked += [(name, path, tokens[:1], 0.5) for name, path in OF_TRAINING]
        asked += [(name, path, [coach(ours)], 0.5) for name, path in OF_COACHING]
        asked += [(name, path, tokens, least) for name, path, least in SEARCHES]
        # What is read and kept when a program comes first is no part of a list.
        load.pages(ours.port, ["/api/v1/me"], seconds=3.0, cookie=tokens)
        for name, path, headers, least in asked:
            if words and not any(word in name for word in words):
                continue
            if is_empty(ours.port, path, headers[0]):
                tell(name, nan, "× yardst.", least=least, note="not measured: an empty list")
                continue
            size = load.pages(ours.port, [path], seconds=0.2, clients=1, cookie=headers[0]).size
            with bare(home, size) as (port, pid):
                found = against((ours.port, ours.pid, [path], headers), (port, pid, ["/"], ""), seconds, rounds)
            note = f"CPU {found.cost:.2f} ms a request, yardstick {found.other_cost:.2f} ms, answer of {size} B"
            tell(name, found.ratio, "× yardst.", least=least, note=note)
