"""The blueprint of all pages of crews."""

from flask import Blueprint

from hampa.crews.queries.crews import member_of
from hampa.platform.live import register_topic

blueprint = Blueprint("crews", __name__)
register_topic("crew", member_of, "crews:read")
