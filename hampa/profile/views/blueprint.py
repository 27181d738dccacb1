"""The blueprint of all pages of people."""

from flask import Blueprint

blueprint = Blueprint("profile", __name__)
