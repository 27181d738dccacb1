"""The blueprint of all pages of crews."""

from flask import Blueprint

from hampa.crews.queries.crews import crew_ids_of, member_of
from hampa.platform.live import register_group, register_topic

blueprint = Blueprint("crews", __name__)
register_topic("crew", member_of, "crews:read")
register_group("crew", crew_ids_of, "crews:read")
