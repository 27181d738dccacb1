"""Acts that a visitor presses and that are done once they have signed in: a registry of words and performers.

The button of a visitor leads to `sign_in_path`. The sign-in pages name the act; the act goes along in the forms of these
pages and in the signed session, bound to the one code that was requested with it. Only the person's own POST of that
code performs it: following a link never does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import url_for

from hampa.platform.errors import NotFound

SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class IntentWords:
    """The words of an act on the pages that stand between pressing and doing it: sign-in, and the question for a name.

    `lead` says what is going to be done, `button` is the label that was pressed, `title` names the thing, and `details`
    are further words about it; title and details may be typed by people.
    """

    lead: str
    button: str
    title: str = ""
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Intent:
    """A kind of act.

    `describe` returns its words for a viewer, None for a visitor, and raises NotFound when the thing is gone for them. `perform` does the act for a
    person who has just signed in and returns the path of the page that says so; when something has to be asked first,
    it does nothing and returns the path of the page that asks. It raises a domain error when the act is not possible.
    `page` returns the path of the page with the button, `timezone` the zone that the thing is in, or raises NotFound.
    """

    name: str
    describe: Callable[[Any, UUID], IntentWords]
    perform: Callable[[Any, UUID], str]
    page: Callable[[UUID], str]
    timezone: Callable[[UUID], str] | None = None


@dataclass(frozen=True, slots=True)
class PressedIntent:
    """An act with the id of the thing that it is about."""

    intent: Intent
    subject_id: UUID

    @property
    def token(self) -> str:
        """The act as a text for links, forms and the session."""
        return f"{self.intent.name}{SEPARATOR}{self.subject_id}"

    @property
    def page(self) -> str:
        """The path of the page with the button."""
        return self.intent.page(self.subject_id)

    def words(self, viewer: Any = None) -> IntentWords | None:
        """Return the words for a viewer, None for a visitor; None when the thing is gone for them."""
        try:
            return self.intent.describe(viewer, self.subject_id)
        except NotFound:
            return None

    def timezone(self) -> str | None:
        """Return the zone that the thing is in; None when it is in none, or gone for a visitor."""
        try:
            return self.intent.timezone(self.subject_id) if self.intent.timezone else None
        except NotFound:
            return None

    def perform(self, person: Any) -> str:
        """Do the act for a person and return the path of the page to show. Raise a domain error."""
        return self.intent.perform(person, self.subject_id)


_intents: dict[str, Intent] = {}


def register(intent: Intent) -> Intent:
    """Add a kind of act."""
    _intents[intent.name] = intent
    return intent


def parse(token: str | None) -> PressedIntent | None:
    """Return the act of a text, None for one that is not well formed or whose kind is unknown."""
    name, _separator, subject_id = (token or "").partition(SEPARATOR)
    intent = _intents.get(name)
    if intent is None:
        return None
    try:
        return PressedIntent(intent, UUID(subject_id))
    except ValueError:
        return None


def sign_in_path(name: str, subject_id: UUID) -> str:
    """Return the address of a visitor's button: the sign-in page that names the act."""
    return url_for("auth.login", act=PressedIntent(_intents[name], subject_id).token)
