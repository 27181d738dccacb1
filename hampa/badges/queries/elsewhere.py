"""Badges that people earned on another Hampa, as a copy of their data says."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, select

from hampa.badges.models import LONGEST_NAME, LONGEST_SITE, MOST_ELSEWHERE, BadgeAward, BadgeElsewhere
from hampa.badges.queries.words import text_in_language
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import clean_line
from hampa.training.queries.previews import PartCount

EARNED, ELSEWHERE = "badges.json", "badges_elsewhere.json"
MOST_READ = 5_000
Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(clean_line)]


class ExportedBadge(BaseModel):
    """A badge in a copy, which its person had earned there, or still elsewhere: then the copy names that `site`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    badge_id: uuid.UUID
    name_fa: Name = ""
    name_en: Name = ""
    earned_on: dt.date
    revoked_at: datetime | None = None
    site: Annotated[str, Field(max_length=LONGEST_SITE), AfterValidator(clean_line)] = ""


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """A badge that its person brought along."""

    id: uuid.UUID
    name_fa: str
    name_en: str
    earned_on: dt.date
    site: str

    @property
    def name(self) -> str:
        """Return the name in the reader's language, or in the other one."""
        return text_in_language(self.name_fa, self.name_en)


def brought_by(person: Person) -> list[ElsewhereRow]:
    """Return the badges that a person brought along, the latest first."""
    return [ElsewhereRow(*row) for row in _brought(person.id, MOST_ELSEWHERE)]


@built_once
def _brought(person_id: uuid.UUID, most: int) -> Any:
    columns = [getattr(BadgeElsewhere, name) for name in ElsewhereRow.__slots__]
    query = select(*columns).where(BadgeElsewhere.person_id == person_id)
    return query.order_by(BadgeElsewhere.earned_on.desc(), BadgeElsewhere.id).limit(most)


def badges_in(lists: Mapping[str, Sequence[Any]]) -> list[ExportedBadge]:
    """Return the badges of a copy that its person still has, each once."""
    found: dict[uuid.UUID, ExportedBadge] = {}
    for value in [*lists[EARNED][:MOST_READ], *lists[ELSEWHERE][:MOST_READ]]:
        try:
            badge = ExportedBadge.model_validate(value)
        except ValidationError:
            continue
        if badge.revoked_at is None and (badge.name_fa or badge.name_en):
            found.setdefault(badge.badge_id, badge)
    return list(found.values())


def new_badges(person: Person, badges: Sequence[ExportedBadge]) -> tuple[list[ExportedBadge], int]:
    """Return those badges of a copy that a person does not have and has room for, and how many they have."""
    references = [one.badge_id for one in badges]
    awards = select(BadgeAward.badge_id).where(BadgeAward.person_id == person.id, BadgeAward.badge_id.in_(references))
    brought = select(BadgeElsewhere.reference).where(
        BadgeElsewhere.person_id == person.id, BadgeElsewhere.reference.in_(references)
    )
    here = {*db.session.scalars(awards), *db.session.scalars(brought)}
    room = MOST_ELSEWHERE - (db.session.scalar(select(func.count()).where(BadgeElsewhere.person_id == person.id)) or 0)
    return [one for one in badges if one.badge_id not in here][: max(0, room)], len(here)


def count_badges(person: Person, lists: Mapping[str, Sequence[Any]]) -> PartCount:
    """Return how many badges of a copy are new; those that were taken back are left out."""
    every = sum(map(len, lists.values()))
    new, here = new_badges(person, badges_in(lists))
    return PartCount(every, here, every - here - len(new))
