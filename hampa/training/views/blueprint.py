"""The blueprint of training, and what its templates share."""

from flask import Blueprint

from hampa.platform.web import slots
from hampa.training.forms.words import FEELING_WORDS, KIND_WORDS, MAP_HELP, VISIBILITY_WORDS

blueprint = Blueprint("training", __name__)
slots.share(
    blueprint, activity_kinds=KIND_WORDS, feelings=FEELING_WORDS, activity_circles=VISIBILITY_WORDS, map_help=MAP_HELP
)
