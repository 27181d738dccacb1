"""The blueprint of the pages of runs."""

from typing import Any

from flask import Blueprint

from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.web import slots
from hampa.questions.forms import answered
from hampa.runs.forms import COMPANY_WORDS, JOIN_POLICY_WORDS, LEVEL_WORDS, TERRAIN_WORDS, VISIBILITY_WORDS
from hampa.runs.queries import waiting

blueprint = Blueprint("runs", __name__)
slots.share(
    blueprint,
    level_words=LEVEL_WORDS,
    terrain_words=TERRAIN_WORDS,
    visibility_words=VISIBILITY_WORDS,
    company_words=COMPANY_WORDS,
    join_policy_words=JOIN_POLICY_WORDS,
    answered=answered,
)


def offers_waiting(person: Person, now: Any) -> AnswerKind:
    """Return the places that are offered to the person."""
    return AnswerKind("offer", "joining/offer.html", waiting.offers_to(person, now), waiting.may_have_offers(person))


slots.contribute(blueprint, ANSWERS, offers_waiting)
