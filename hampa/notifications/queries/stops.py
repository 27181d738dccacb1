"""Numbers whose holders asked for no more SMS, and the words by which they say so."""

import unicodedata
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Literal

from sqlalchemy import select

from hampa.notifications.models import SMS_FOLDER, SmsStop, find_kind
from hampa.notifications.queries.words import UNSUBSCRIBE
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.lasting import lasting_hash, lasting_hashes
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import signed_links

PURPOSE = "sms stop"
STOP = "n"
"""The purpose of links that stop SMS."""

_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "لغو", "توقف"})
_START_WORDS = frozenset({"start", "شروع"})
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})
_LONGEST = 40


def hash_of_number(phone: str) -> str:
    """Return what is stored of a number (E.164) that gets no SMS, whatever becomes of the secret key."""
    return lasting_hash(PURPOSE, phone)


def hashes_of_number(phone: str) -> list[str]:
    """Return what may be stored of a number (E.164) that gets no SMS."""
    return lasting_hashes(PURPOSE, phone)


def meaning_of(text: str) -> Literal["stop", "start"] | None:
    """Return what the holder of a number asks for by an SMS of one word, None if it is anything else.

    Case, the forms of Arabic and Persian letters, marks, and what is no letter around the word are ignored.
    """
    plain = unicodedata.normalize("NFKD", text[:_LONGEST].casefold()).translate(_LETTERS)
    letters = [char if unicodedata.category(char)[0] == "L" else " " for char in plain if not _is_unseen(char)]
    words = "".join(letters).replace("ـ", "").split()
    if len(text) > _LONGEST or len(words) != 1:
        return None
    return "stop" if words[0] in _STOP_WORDS else "start" if words[0] in _START_WORDS else None


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Cf")


def is_stopped(phone: str) -> bool:
    """Return whether the holder of a number (E.164) asked for no more SMS."""
    return db.session.scalar(select(SmsStop.id).where(SmsStop.number_hash.in_(hashes_of_number(phone)))) is not None


def stopped_messages(messages: Sequence[Any]) -> set[uuid.UUID]:
    """Return the ids of those of the messages that are SMS about notifications to numbers that get none.

    Kinds that nobody can turn off for SMS are not among them, nor are codes and home safe, which are no notifications.
    """
    by_hash: dict[str, list[uuid.UUID]] = {}
    for message in messages:
        folder, _slash, name = message.template.rpartition("/")
        kind = find_kind(name.removesuffix(".txt"))
        if f"{folder}/" == SMS_FOLDER and not (kind is not None and "sms" in kind.always):
            for number_hash in hashes_of_number(message.recipient):
                by_hash.setdefault(number_hash, []).append(message.id)
    if not by_hash:
        return set()
    stopped = db.session.scalars(select(SmsStop.number_hash).where(SmsStop.number_hash.in_(by_hash)))
    return {message_id for number_hash in stopped for message_id in by_hash[number_hash]}


def person_of_stop_link(token: str) -> Person:
    """Return the person for whose number a link was made.

    Raise NotFound, also when they have another number by now, and Gone for a link of an earlier release.
    """
    return _person_of(token, STOP, lambda person: person.phone)


def person_of_mail_link(token: str) -> Person:
    """Return the person for whose address a link was made.

    Raise NotFound, also when they have another by now, and Gone for a link of an earlier release.
    """
    return _person_of(token, UNSUBSCRIBE, lambda person: person.email or "")


def _person_of(token: str, purpose: str, address_of: Callable[[Person], str]) -> Person:
    link = signed_links.parse_token(token)
    if link is not None and link.purpose == purpose and not link.is_public:
        # Anybody may know the id of a person, and a short tag could be guessed.
        raise Gone(_("This link is too old. Use the one of a newer message, or stop them in your settings."))
    person = db.session.get(Person, link.subject_id) if link is not None and link.purpose == purpose else None
    address = address_of(person) if person is not None else ""
    if link is None or person is None or not address or not link.is_valid_for(address):
        raise NotFound
    return person
