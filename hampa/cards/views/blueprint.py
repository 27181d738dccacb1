"""The blueprint that all pages of cards belong to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cards", __name__)
