"""The blueprint that all pages of organising belong to."""

from flask import Blueprint

blueprint = Blueprint("organising", __name__)
