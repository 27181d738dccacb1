"""The blueprint of the site without network."""

from flask import Blueprint

blueprint = Blueprint("offline", __name__)
