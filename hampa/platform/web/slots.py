"""Named slots: places in the pages of a feature that higher features fill with their templates.

The page names the slot and its values, and does not know what fills it: `{{ slot("run.photos", run=run) }}`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, current_app
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

_SLOTS = "hampa.slots"
_CONTRIBUTIONS = "hampa.contributions"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]

Context = Callable[..., "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Filling:
    """A template for a slot, and the function that returns further values for it."""

    template: str
    context: Context | None

    def render(self, values: dict[str, Any]) -> Markup | None:
        """Return the markup, None if the function returns None."""
        more = self.context(**values) if self.context else {}
        return None if more is None else render(self.template, {**values, **more})


@dataclass(frozen=True, slots=True)
class Part:
    """A function that returns the markup for a slot, or None."""

    function: Callable[..., Markup | None]

    def render(self, values: dict[str, Any]) -> Markup | None:
        """Return the markup, None if the function returns None."""
        return self.function(**values)


def fill(blueprint: Blueprint, slot: str, template: str, context: Context | None = None) -> None:
    """Render `template` in `slot`, after earlier fillings, in apps with this blueprint.

    `context` takes the slot's values by keyword and returns further values for the template, or None to leave the
    filling out.
    """

    def add(state: BlueprintSetupState) -> None:
        state.app.extensions[_SLOTS].setdefault(slot, []).append(Filling(template, context))

    blueprint.record(add)


def fill_by(blueprint: Blueprint, slot: str, function: Callable[..., Markup | None]) -> None:
    """Put what `function` returns in `slot`: a kept part of a page (`parts.part`), or None; its values are the slot's."""
    blueprint.record(lambda state: state.app.extensions[_SLOTS].setdefault(slot, []).append(Part(function)))


def contribute(blueprint: Blueprint, slot: str, function: Callable[..., Any]) -> None:
    """Add what `function` returns, unless it is None, to the values that views `collect` from `slot`."""
    blueprint.record(lambda state: state.app.extensions[_CONTRIBUTIONS].setdefault(slot, []).append(function))


def contributions(slot: str) -> tuple[Callable[..., Any], ...]:
    """Return the functions that features contribute to a slot."""
    return tuple(current_app.extensions[_CONTRIBUTIONS].get(slot, ()))


def collect(slot: str, **values: Any) -> list[Any]:
    """Return what features contribute to a slot."""
    results = (function(**values) for function in contributions(slot))
    return [result for result in results if result is not None]


def render(template: str, values: dict[str, Any]) -> Markup:
    """Return a part of a page: the template of a feature with its values."""
    return Markup(current_app.jinja_env.get_template(template).render(values))  # noqa: S704 - Jinja has escaped it


def share(blueprint: Blueprint, **values: Any) -> None:
    """Give constant values to all templates of apps with this blueprint."""
    blueprint.record(lambda state: state.app.jinja_env.globals.update(values))


def slot(name: str, /, **values: Any) -> Markup:
    """Return what fills a slot."""
    fillings: Sequence[Filling | Part] = _current_app().extensions[_SLOTS].get(name, ())
    rendered = (filling.render(values) for filling in fillings)
    return Markup("".join(markup for markup in rendered if markup))  # noqa: S704 - of parts that are markup


def init_app(app: Flask) -> None:
    """Give templates `slot`."""
    app.extensions.setdefault(_CONTRIBUTIONS, {})
    app.extensions.setdefault(_SLOTS, {})
    app.jinja_env.globals["slot"] = slot
