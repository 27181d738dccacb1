"""Lists of the API against the yardstick, for many people with a token each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from hampa.crews.models import Crew
from hampa.platform.api.tokens import ALL
from hampa.platform.db import db
from hampa.platform.security import access_tokens
from tests.bench import load, world
from tests.bench.figures import LARGE, Site, against, bare, site
from tests.bench.pages import MANY, people_with_more
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
)
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
        headers = []
        for person in people:
            world.auth.open_session(person, address="127.0.0.1", agent="bench", method="code", is_program=True)
            assert person.session_id is not None
            headers.append(f"Bearer {access_tokens.encode(person.id, person.session_id, [ALL], 'person')}")
        db.session.commit()
        db.engine.dispose()
    return headers


def api(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int) -> None:
    """Measure the lists that programs ask for most: requests a second against the yardstick's."""
    with site(home, LARGE, signed_in=4) as ours:
        people_with_more(ours)
        tokens = programs(ours)
        list_crews(ours)
        for name, path in LISTS:
            size = load.pages(ours.port, [path], seconds=0.2, clients=1, cookie=tokens[0]).size
            with bare(home, size) as (port, pid):
                found = against((ours.port, ours.pid, [path], tokens), (port, pid, ["/"], ""), seconds, rounds)
            note = f"CPU {found.cost:.2f} ms a request, yardstick {found.other_cost:.2f} ms, answer of {size} B"
            tell(name, found.ratio, "× yardst.", least=0.5, note=note)
