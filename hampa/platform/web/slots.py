"""Named slots: places in a page of one feature that features above it fill with templates of their own.

The page names the place and what it hands over, and does not know who fills it: `{{ slot("run.photos", run=run) }}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, current_app
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

_SLOTS = "hampa.slots"
_CONTRIBUTIONS = "hampa.contributions"

Context = Callable[..., "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Filling:
    """A template for a slot, and the function that gathers what else the template needs."""

    template: str
    context: Context | None


def fill(blueprint: Blueprint, slot: str, template: str, context: Context | None = None) -> None:
    """Render `template` in `slot` wherever `blueprint` is registered, after the fillings that are there already.

    `context` takes the slot's values by keyword and returns what the template gets besides them; None leaves the
    filling out.
    """

    def add(state: BlueprintSetupState) -> None:
        state.app.extensions[_SLOTS].setdefault(slot, []).append(Filling(template, context))

    blueprint.record(add)


def contribute(blueprint: Blueprint, slot: str, function: Callable[..., Any]) -> None:
    """Let `function` give a value to `slot` wherever `blueprint` is registered; None adds nothing.

    For slots that views ask for values (`collect`), not templates.
    """
    blueprint.record(lambda state: state.app.extensions[_CONTRIBUTIONS].setdefault(slot, []).append(function))


def collect(slot: str, **values: Any) -> list[Any]:
    """Return what features contribute to a slot."""
    given = (function(**values) for function in current_app.extensions[_CONTRIBUTIONS].get(slot, ()))
    return [value for value in given if value is not None]


def share(blueprint: Blueprint, **values: Any) -> None:
    """Make values that never change known to all templates wherever `blueprint` is registered."""
    blueprint.record(lambda state: state.app.jinja_env.globals.update(values))


def init_app(app: Flask) -> None:
    """Let templates ask for what fills a slot: nothing, when no feature of this site fills it."""
    app.extensions.setdefault(_CONTRIBUTIONS, {})
    fillings: dict[str, list[Filling]] = app.extensions.setdefault(_SLOTS, {})

    def slot(name: str, /, **values: Any) -> Markup:
        rendered = []
        for filling in fillings.get(name, ()):
            more = filling.context(**values) if filling.context else {}
            if more is not None:
                template = app.jinja_env.get_template(filling.template)
                rendered.append(template.render({**values, **more}))
        return Markup("".join(rendered))  # noqa: S704 - rendered by Jinja, which has escaped it

    app.jinja_env.globals["slot"] = slot
