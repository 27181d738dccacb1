"""What all pages of cards share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cards", __name__)
