"""The blueprint of all pages of notifications."""

from flask import Blueprint

blueprint = Blueprint("notifications", __name__)
