"""Cards: the plain list against the yardstick and against a short one, and best matches against the plain list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import select, text

from hampa.app import create_app
from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import config
from hampa.platform.db import db
from hampa.platform.migrations import upgrade
from tests.bench import load, world
from tests.bench.figures import LARGE, SMALL, Site, against, bare, environment
from tests.bench.servers import serving_hampa

Tell = Callable[..., None]

FILL_CARDS = """
WITH owners AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS place FROM people)
INSERT INTO cards (id, owner_id, title, description, place, days, time_of_day, distance_km, pace, level, search,
                   latitude, longitude, spot_latitude, spot_longitude, small_cell, cell, wide_cell, widest_cell, created_at)
SELECT gen_random_uuid(), owners.id, 'Easy mornings ' || n, 'Slow is fine, tea afterwards.', 'Park ' || n % 500,
       (ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[1 + n / 2 % 5 : 2 + n / 2 % 5 + n / 10 % 2],
       (ARRAY['dawn', 'morning', 'noon', 'afternoon', 'evening', 'night'])[1 + n / 2 % 6],
       5 + n % 20, 240 + (hashint4(n) & 255), (ARRAY['beginner', 'regular', 'advanced'])[1 + n / 2 % 3],
       array_to_tsvector(ARRAY['easy', 'mornings', n::text, 'park', 'p' || n % 500, 'slow', 'tea']),
       north, east, north, east,
       floor((north + 90) / 0.01) * 100000 + floor((east + 180) / 0.01),
       floor((north + 90) / 0.05) * 100000 + floor((east + 180) / 0.05),
       floor((north + 90) / 0.25) * 100000 + floor((east + 180) / 0.25),
       floor((north + 90) / 1.25) * 100000 + floor((east + 180) / 1.25),
       now() - n * interval '1 minute'
FROM generate_series(1, :cards) n
CROSS JOIN LATERAL (
    SELECT round(((CASE WHEN n % 2 = 0 THEN 35.70 ELSE 25 + n * 7 % 400 / 10.0 END
                   + (hashint4(n) & 1023) / 10240.0) / 0.005)::numeric) * 0.005 AS north,
           round(((CASE WHEN n % 2 = 0 THEN 51.40 ELSE 5 + n * 11 % 600 / 10.0 END
                   + (hashint4(-n) & 1023) / 10240.0) / 0.005)::numeric) * 0.005 AS east) p
JOIN owners ON owners.place = n % (SELECT count(*) FROM people)
"""
"""Half of the cards are within ten kilometres of one another, the others all over a continent."""


def fill(cards: int) -> None:
    """People with two cards each; inside an app context."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text(world.FILL_PEOPLE), {"people": cards // 2})
    db.session.execute(text(FILL_CARDS), {"cards": cards})
    db.session.commit()
    world.vacuum()


@contextmanager
def site(home: Path, cards: int) -> Iterator[Site]:
    """Hampa with so many cards, being served, and one person signed in who has one in the crowded town."""
    variables = environment(home, f"bench_cards_{cards}")
    app = create_app(config.load(variables))
    with app.app_context():
        upgrade()
        if not db.session.scalar(select(Card.id).limit(1)):
            fill(cards)
        cookies = world.travellers(app, 3)[2:]  # the third has even cards, which are in the town
        db.engine.dispose()
    with serving_hampa(variables) as (port, pid):
        yield Site(app, variables, port, pid, cookies)


def paths_of(ours: Site) -> list[str]:
    """Best matches by each card of who is signed in."""
    with ours.app.app_context():
        third = select(Person.id).order_by(Person.phone).offset(2).limit(1).scalar_subquery()
        own = db.session.scalars(select(Card.id).where(Card.owner_id == third)).all()
        db.engine.dispose()
    return [f"/cards?sort=match&card={card_id}" for card_id in own]


def cards(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the list of cards as `/runs` is measured, and best matches against it."""
    with ExitStack() as stack:
        large = stack.enter_context(site(home, LARGE))
        for name, cookie, least in (("visitor", "", 1.0), ("signed in", large.cookies[0], 0.5)):
            size = load.pages(large.port, ["/cards"], seconds=0.2, clients=1, cookie=cookie).size
            with bare(home, size) as (port, pid):
                found = against((large.port, large.pid, ["/cards"], cookie), (port, pid, ["/"], ""), seconds, rounds)
            note = f"CPU {found.cost:.2f} ms a request, yardstick {found.other_cost:.2f} ms, page of {size // 1024} KB"
            tell(f"/cards, {name}", found.ratio, "× yardst.", least=least, note=note)
        me = large.cookies[0]
        found = against(
            (large.port, large.pid, paths_of(large), me), (large.port, large.pid, ["/cards"], me), seconds, rounds
        )
        note = f"CPU {found.cost:.2f} ms, plain {found.other_cost:.2f} ms (of the web processes alone)"
        tell(f"best matches among {LARGE:,} cards, signed in", 1 / found.ratio, "× plain", most=3, note=note)
        small = stack.enter_context(site(home, SMALL))
        for name, theirs, ours in (("visitor", "", ""), ("signed in", small.cookies[0], me)):
            found = against(
                (large.port, large.pid, ["/cards"], ours), (small.port, small.pid, ["/cards"], theirs), seconds, rounds
            )
            note = f"CPU {found.cost:.2f} ms at {LARGE:,}, {found.other_cost:.2f} ms at {SMALL:,}"
            tell(f"/cards, {name}: {LARGE:,} cards against {SMALL:,}", found.ratio, "×", least=0.8, note=note)
