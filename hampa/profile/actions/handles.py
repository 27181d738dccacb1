"""The names that people choose to be found by."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.people.actions import enqueue_reindexing
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.keys import keyed_hash
from hampa.profile.models.handle import REST, FreedHandle

MOST_AT_REST = 3
"""So many names that one person gave up rest at a time: by taking and leaving them nobody keeps names from all others."""

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

    Whether somebody else has it, the database says: of two who ask at once one gets it. Who waited there for its holder
    to give it up reads after that that it rests.
    """
    if handle == person.handle:
        return
    bare = (handle or "").replace("_", "")
    if bare in RESERVED or bare.startswith("hampa"):
        raise Refused(_("This name is kept for the site. Choose another."), "handle")
    enqueue_reindexing(person)
    before = person.handle
    with raise_if_taken("uq_people_handle", _taken):
        person.handle = handle
        db.session.flush()
        if handle is not None:
            _wake(person, handle)
        if before is not None:
            rest(before, person)


def rest(handle: str, person: Person | None) -> None:
    """Keep a name that was given up from all but this person for a while; from all, where it is nobody's any more."""
    values = {"person_id": person and person.id, "free_from": clock.now() + REST}
    given_up = insert(FreedHandle).values(handle_hash=_hash(handle), **values)
    db.session.execute(given_up.on_conflict_do_update(index_elements=[FreedHandle.handle_hash], set_=values))


def forget_rested() -> None:
    """Keep nothing of names whose rest is over."""
    db.session.execute(delete(FreedHandle).where(FreedHandle.free_from <= clock.now()))


def _wake(person: Person, handle: str) -> None:
    """Let the person have a name that is theirs again, or nobody's. Raises `Refused`."""
    resting = FreedHandle.free_from > clock.now()
    named = FreedHandle.handle_hash == _hash(handle)
    holder = db.session.execute(select(FreedHandle.person_id).where(named, resting)).one_or_none()
    if holder is not None and holder.person_id != person.id:
        raise _taken()
    own = select(func.count()).where(FreedHandle.person_id == person.id, resting, ~named)
    if holder is None and (db.session.scalar(own) or 0) >= MOST_AT_REST:
        raise Refused(
            _("You changed your user name often lately. Take one of those back, or wait some days."), "handle"
        )
    db.session.execute(delete(FreedHandle).where(named))


def _taken() -> Refused:
    return Refused(_("Somebody has this name, or had it until lately. Choose another."), "handle")


def _hash(handle: str) -> str:
    return keyed_hash("freed handle", handle)
