"""Lists by name, also in pages, stand in the order of the Persian alphabet."""

from __future__ import annotations

from sqlalchemy import func, select, text

from hampa.cards.queries.interests import companions_of
from hampa.coaching.queries.availability import week_of_athletes
from hampa.coaching.queries.roster import roster_of
from hampa.crews.queries.crews import listed_crews
from hampa.people.queries import people_called
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.texts.cleaning import sort_key
from tests.factories.cards import make_companions
from tests.factories.coaching import make_athlete
from tests.factories.crews import make_crew
from tests.factories.people import make_person

NAMES = ["Anna", "Zoe", "آرش", "بهار", "پریسا", "چمن", "زهرا", "ژاله", "قاسم", "كاوه", "گلی", "نیلوفر", "یاسر"]
"""By code points پ, چ, ژ, ک, گ and ی would stand after ن, and the Arabic ك before ن."""


def in_pages(read) -> list[str]:
    """Return the names of all pages of a list."""
    found, after = [], None
    while True:
        page = read(after)
        found += [row.name for row in page.items]
        if page.next is None:
            return found
        after = page.next


def test_pages_of_names_are_in_the_order_of_the_alphabet(db_session, owner, companion):
    for name in reversed(NAMES):
        make_crew(owner, name=name, is_listed=True)
        make_athlete(owner, name=name)
        make_companions(companion, make_person(name=name, handle=f"runner_{NAMES.index(name)}"))
    ours = {*NAMES}
    for read in (
        lambda after: listed_crews(None, after, 3),
        lambda after: roster_of(owner, after=after, size=3),
        lambda after: week_of_athletes(owner, dates.today(), after, 3),
        lambda after: companions_of(companion, after, 3),
        lambda after: people_called(companion, "runner_", after, 3),
    ):
        assert [name for name in in_pages(read) if name in ours] == NAMES
    keys = [db.session.scalar(select(func.alphabet_key(name))) for name in NAMES]
    assert keys == [sort_key(name) if name != "آرش" else keys[2] for name in NAMES] and keys == sorted(keys)
    db.session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
    listed = "is_listed AND closed_at IS NULL AND hidden_at IS NULL"
    query = f'SELECT name FROM crews WHERE {listed} ORDER BY alphabet_key(name) COLLATE "C", id LIMIT 3'
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {query}")))
    assert "ix_crews_alphabet" in plan
