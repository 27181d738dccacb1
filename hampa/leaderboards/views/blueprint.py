"""The blueprint of leaderboards, and what its templates share."""

from flask import Blueprint

from hampa.leaderboards.forms import REASON_GONE, STATE_WORDS, WINDOW_WORDS, score_in_words
from hampa.platform.web import slots

blueprint = Blueprint("leaderboards", __name__)
slots.share(
    blueprint,
    board_windows=WINDOW_WORDS,
    flag_states=STATE_WORDS,
    board_score=score_in_words,
    flag_reason_gone=REASON_GONE,
)
