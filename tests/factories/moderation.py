"""Appeals of people who were shut out, and messages of operators."""

from __future__ import annotations

from sqlalchemy import select

from hampa.moderation.models import BanAppeal, Decision
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import signed_links
from hampa.site_messages import actions as site_messages
from hampa.site_messages.models import SiteMessage
from tests.factories.base import made
from tests.factories.people import make_person


def make_appeal(person: Person, operator: Person, **values: object) -> BanAppeal:
    """Return what somebody wrote against a ban."""
    decision = made(Decision, person_id=person.id, by_id=operator.id, decision="ban", state_after="banned")
    return made(BanAppeal, **{"person_id": person.id, "decision_id": decision.id, "words": "It was not me", **values})


def make_site_message(operator: Person, **values: object) -> SiteMessage:
    """Return a draft of a message to people of the site."""
    return made(SiteMessage, **{"sender_id": operator.id, "text": "Hello", "channels": ["push"], **values})


def operator_values(person: Person, operator: Person, rule: str = "") -> dict[str, object]:
    """Return what stands for placeholders of routes of operators, made where one asks for it."""
    if rule.startswith("/admin/broadcasts"):
        state = {"pause": "scheduled", "stop": "scheduled", "resume": "paused"}.get(rule.rpartition("/")[2], "draft")
        times = {} if state == "draft" else {"approved_at": clock.now(), "send_at": clock.now()}
        return {"site_message_id": make_site_message(operator, state=state, **times).id}
    appeal = db.session.scalar(select(BanAppeal)) or make_appeal(person, operator)
    token = signed_links.make_token("b", person.id, person.phone, is_public=True)
    return {"appeal_id": appeal.id, "appeal_token": token}


def tell_of_site_message(actor: Person, reader: Person, mark: str) -> None:
    """Write to all people of the site, the actor and the reader too, as an operator; the words have a mark."""
    operator = make_person(name=f"{mark} operator", is_operator=True)
    message = make_site_message(operator, text=f"{mark} words", channels=["push", "sms"])
    site_messages.approve(operator, message.id)
    while site_messages.send_chunk(message.id):
        pass
