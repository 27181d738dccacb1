"""The blueprint that all pages of organising belong to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("organising", __name__)
