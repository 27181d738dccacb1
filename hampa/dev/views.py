"""What developers get beside the site, under one blueprint."""

from __future__ import annotations

from flask import Blueprint

from hampa.dev import gallery, outbox, personas

blueprint = Blueprint("dev", __name__)

for tool in (gallery, outbox, personas):
    blueprint.register_blueprint(tool.blueprint)
