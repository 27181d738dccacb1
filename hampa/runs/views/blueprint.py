"""The blueprint of the pages of runs."""

from flask import Blueprint

from hampa.platform.web import slots
from hampa.runs.forms import COMPANY_WORDS, JOIN_POLICY_WORDS, LEVEL_WORDS, TERRAIN_WORDS, VISIBILITY_WORDS

blueprint = Blueprint("runs", __name__)
slots.share(
    blueprint,
    level_words=LEVEL_WORDS,
    terrain_words=TERRAIN_WORDS,
    visibility_words=VISIBILITY_WORDS,
    company_words=COMPANY_WORDS,
    join_policy_words=JOIN_POLICY_WORDS,
)
