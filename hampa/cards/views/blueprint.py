"""What all pages of cards share."""

from __future__ import annotations

from flask import Blueprint

from hampa.platform.web.uploads import PICTURE_REASONS

blueprint = Blueprint("cards", __name__)


@blueprint.context_processor
def words() -> dict[str, object]:
    """Words that only pages of cards need."""
    return {"picture_reasons": PICTURE_REASONS}
