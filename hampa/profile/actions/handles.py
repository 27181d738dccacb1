"""The names that people choose to be found by."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.queue import defer

RESERVED = frozenset(
    [
        "about",
        "abuse",
        "account",
        "admin",
        "administrator",
        "all",
        "anonymous",
        "api",
        "app",
        "billing",
        "bot",
        "contact",
        "deleted",
        "dev",
        "everybody",
        "everyone",
        "guest",
        "hampa",
        "help",
        "here",
        "home",
        "info",
        "legal",
        "login",
        "logout",
        "mail",
        "me",
        "moderator",
        "news",
        "nobody",
        "noreply",
        "null",
        "official",
        "operator",
        "owner",
        "people",
        "police",
        "postmaster",
        "press",
        "privacy",
        "root",
        "runs",
        "safety",
        "security",
        "settings",
        "staff",
        "support",
        "system",
        "team",
        "terms",
        "test",
        "undefined",
        "user",
        "visitor",
        "webmaster",
        "www",
    ]
)
"""They would pass for the site itself, or for nobody; so they would with underscores."""


def choose_handle(person: Person, handle: str | None) -> None:
    """Be found by this name (of `HandleField`), or by none. Raises `Refused` for one that is not to be had.

    Whether somebody else has it, the database says: of two who ask at once one gets it.
    """
    if handle == person.handle:
        return
    bare = (handle or "").replace("_", "")
    if bare in RESERVED or bare.startswith("hampa"):
        raise Refused(_("This name is kept for the site. Choose another."), "handle")
    defer("runs.follow_organiser", person_id=person.id)
    defer("cards.follow_owner", person_id=person.id)
    try:
        with db.session.begin_nested():
            person.handle = handle
    except IntegrityError as error:
        if "uq_people_handle" not in str(error.orig):
            raise
        raise Refused(_("Somebody has this name already. Choose another."), "handle") from None
