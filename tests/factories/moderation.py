"""Appeals of people who were shut out."""

from __future__ import annotations

from sqlalchemy import select

from hampa.moderation.models import BanAppeal, Decision
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.security import signed_links
from tests.factories.base import made


def make_appeal(person: Person, operator: Person, **values: object) -> BanAppeal:
    """Return what somebody wrote against a ban."""
    decision = made(Decision, person_id=person.id, by_id=operator.id, decision="ban", state_after="banned")
    return made(BanAppeal, **{"person_id": person.id, "decision_id": decision.id, "words": "It was not me", **values})


def appeal_values(person: Person, operator: Person) -> dict[str, object]:
    """Return what stands for the placeholders of routes about an appeal, made where one asks for it."""
    appeal = db.session.scalar(select(BanAppeal)) or make_appeal(person, operator)
    token = signed_links.make_token("b", person.id, person.phone, is_public=True)
    return {"appeal_id": appeal.id, "appeal_token": token}
