"""What all pages of runs share."""

from __future__ import annotations

from flask import Blueprint

from hampa.platform.web.uploads import PICTURE_REASONS
from hampa.runs.forms.words import (
    AUDIENCE_WORDS,
    COMPANY_WORDS,
    JOIN_POLICY_WORDS,
    LEVEL_WORDS,
    ROUTE_REASONS,
    TERRAIN_WORDS,
    VISIBILITY_WORDS,
)

blueprint = Blueprint("runs", __name__)


@blueprint.context_processor
def words() -> dict[str, object]:
    """Words of what runs choose from."""
    return {
        "audience_words": AUDIENCE_WORDS,
        "level_words": LEVEL_WORDS,
        "terrain_words": TERRAIN_WORDS,
        "visibility_words": VISIBILITY_WORDS,
        "company_words": COMPANY_WORDS,
        "join_policy_words": JOIN_POLICY_WORDS,
        "route_reasons": ROUTE_REASONS,
        "picture_reasons": PICTURE_REASONS,
    }
