"""The blueprint of coaching."""

from flask import Blueprint

blueprint = Blueprint("coaching", __name__)
