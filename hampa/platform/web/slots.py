"""Named slots: places in a page of one feature that features above it fill with templates of their own.

The page says where, and does not know who comes: `{% for part in slot("run.going") %}{% include part %}{% endfor %}`. What
stands there sees what the page was given.
"""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

_SLOTS = "hampa.slots"


def fill(blueprint: Blueprint, name: str, template: str) -> None:
    """Have `template` stand in the slot `name` wherever this blueprint is let in, after what stands there already."""

    def put(state: BlueprintSetupState) -> None:
        state.app.extensions[_SLOTS].setdefault(name, []).append(template)

    blueprint.record(put)


def init_app(app: Flask) -> None:
    """Let pages ask which templates stand in a slot: none, when no feature of this site fills it."""
    filled: dict[str, list[str]] = app.extensions.setdefault(_SLOTS, {})
    app.jinja_env.globals["slot"] = lambda name: filled.get(name, [])
