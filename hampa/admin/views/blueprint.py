"""The blueprint of the pages for operators."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__)
