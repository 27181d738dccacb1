"""Personal access tokens: made, used, ended."""

import secrets
import string
import uuid
import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, or_, update

from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.queries import has_proved
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.tokens import queries
from hampa.tokens.models import MOST_TOKENS, PREFIX, PersonalToken

LETTERS: Final = string.digits + string.ascii_letters
RANDOM_LETTERS, CHECK_LETTERS, SHOWN_LETTERS = 32, 6, 4
MADE_A_DAY: Final = 30
KEEP: Final = timedelta(days=30)
SEEN_EVERY: Final = timedelta(minutes=5)
PROOF_HOLDS: Final = timedelta(minutes=10)
"""How long a proof counts for a form that was opened while it was fresh."""


def make_token(person: Person, name: str, scopes: Sequence[str], days: int) -> tuple[PersonalToken, str]:
    """Make a token that is good for some days, and return it with its text, which nobody can see again.

    Raise Forbidden without a fresh proof of who the person is, and Refused when they have too many.
    """
    if not has_proved(person, PROOF_HOLDS):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    # One at a time for each person, so that two at once don't pass the most.
    lock_person(person.id)
    if queries.has_too_many(person):
        raise Refused(
            ngettext(
                "You can have %(num)d token at once. End it first.",
                "You can have %(num)d tokens at once. End one of them first.",
                MOST_TOKENS,
            )
        )
    limit(person, "tokens.make", MADE_A_DAY, per="day", error=_too_many)
    text = generate_text()
    token = PersonalToken(
        id=ids.new_id(),
        person_id=person.id,
        name=name,
        token_hash=queries.personal_token_hash(text),
        last_letters=text[-SHOWN_LETTERS:],
        scopes=sorted(scopes),
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    notify([person.id], "token_made", subject_id=token.id, data={}, event=f"token_made:{token.id}")
    return token, text


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You have made many tokens today. Try again tomorrow."), seconds)


def generate_text() -> str:
    """Return a new token: a prefix, random letters, and a checksum, by which scanners tell it from an example."""
    body = "".join(secrets.choice(LETTERS) for _letter in range(RANDOM_LETTERS))
    return f"{PREFIX}{body}{checksum(body)}"


def checksum(body: str) -> str:
    """Return the CRC-32 of the random letters, in letters."""
    number, letters = zlib.crc32(body.encode()), ""
    for _letter in range(CHECK_LETTERS):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters


def is_use_due(person: Person) -> bool:
    """Return whether the use of the token that this person comes with was not recorded for some minutes."""
    return person.session_seen_at is None or person.session_seen_at <= clock.now() - SEEN_EVERY


def record_use(token_id: uuid.UUID) -> None:
    """Record that a token is used now, once in some minutes at most."""
    due = or_(PersonalToken.last_used_at.is_(None), PersonalToken.last_used_at <= clock.now() - SEEN_EVERY)
    statement = update(PersonalToken).where(PersonalToken.id == token_id, due)
    db.session.execute(statement.values(last_used_at=clock.now()), execution_options={"synchronize_session": False})


def end_token(token: PersonalToken) -> None:
    """End a token, from the next request on; streams that it has opened end too."""
    token.ended_at = clock.now()
    publish(f"session:{token.id}", "ended")


def end_tokens(person: Person) -> int:
    """End all tokens of a person, and return how many."""
    tokens = queries.tokens_of(person)
    for token in tokens:
        end_token(token)
    return len(tokens)


ends_on_theft(PersonalToken)(lambda person, _since: end_tokens(person))


def delete_old_tokens() -> None:
    """Delete tokens that ended some time ago."""
    before = clock.now() - KEEP
    old = or_(PersonalToken.ended_at < before, PersonalToken.expires_at < before)
    db.session.execute(delete(PersonalToken).where(old), execution_options={"synchronize_session": False})
