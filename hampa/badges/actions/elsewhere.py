"""Taking over from a copy which badges its person earned on another Hampa."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hampa.activity_files.queries.parts import CopyPart, register_part
from hampa.badges.models import BadgeElsewhere
from hampa.badges.queries.elsewhere import EARNED, ELSEWHERE, badges_in, count_badges, new_badges
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db


def bring_badges(person: Person, lists: Mapping[str, Sequence[Any]], site: str) -> int:
    """Keep the badges of a copy as earned elsewhere, and return how many are new."""
    new, _here = new_badges(person, badges_in(lists))
    now = clock.now()
    rows = [
        {
            "id": ids.new_id(),
            "created_at": now,
            "person_id": person.id,
            "reference": one.badge_id,
            "name_fa": one.name_fa,
            "name_en": one.name_en,
            "earned_on": one.earned_on,
            "site": one.site or site,
        }
        for one in new
    ]
    if rows:
        made = insert(BadgeElsewhere).values(rows)
        db.session.execute(made.on_conflict_do_nothing(index_elements=["person_id", "reference"]))
    return len(rows)


register_part(CopyPart("badges", (EARNED, ELSEWHERE), count_badges, bring_badges))
