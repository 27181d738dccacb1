"""The blueprint of badges."""

from flask import Blueprint

from hampa.badges.queries.words import METRIC_WORDS, WINDOW_WORDS, amount_in_words, window_in_words
from hampa.platform.web import slots

blueprint = Blueprint("badges", __name__)

slots.share(
    blueprint,
    badge_metrics=METRIC_WORDS,
    badge_windows=WINDOW_WORDS,
    badge_amount=amount_in_words,
    badge_window=window_in_words,
)
