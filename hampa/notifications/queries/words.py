"""The words of notifications, read from what they refer to when they are shown, exported or sent."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from hampa.notifications.models import MAIL_FOLDER, SMS_FOLDER, Reference, Words, find_kind, get_kind
from hampa.outbox.models import read_data_with
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.queries import hidden_pairs
from hampa.platform.db import db
from hampa.platform.security.signed_links import make_token
from hampa.platform.texts.cleaning import DELETED_NAME

UNSUBSCRIBE = "u"
"""The purpose of links that stop mails."""


class ReadWords(NamedTuple):
    """The words of a notification, and whether all things that it refers to are still there."""

    values: dict[str, Any]
    is_whole: bool


def read_words(references: Sequence[Reference]) -> dict[uuid.UUID, ReadWords]:
    """Return the words of notifications by `Reference.id`; each `Words` is asked once for all of them."""
    by_words: defaultdict[Words, list[Reference]] = defaultdict(list)
    for reference in references:
        for words in get_kind(reference.kind).words:
            by_words[words].append(reference)
    read = {reference.id: ReadWords({}, is_whole=True) for reference in references}
    for words, asked in by_words.items():
        found = words.load(asked)
        gone = {
            key: value if isinstance(value, int | list) else str(value)  # a lazy text becomes one
            for key, value in words.gone.items()
        }
        for reference in asked:
            values = found.get(reference.id)
            before = read[reference.id]
            read[reference.id] = ReadWords(
                before.values | (gone if values is None else dict(values)), before.is_whole and values is not None
            )
    return read


def export_of(person: Person, rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield rows of the person's notifications (`id`, `type`, `actor_id`, `subject_id`, `data`), `data` with words.

    Values that an earlier release stored are left out where they are words; rows of no kind any more have none.
    """
    for batch in privacy_registry.batches(rows):
        references = [
            Reference(row["id"], row["type"], person.id, row["actor_id"], row["subject_id"], row["data"], by_sms=False)
            for row in batch
            if find_kind(row["type"]) is not None
        ]
        words, names = read_words(references), _names_of({row["actor_id"] for row in batch if row["actor_id"]})
        for row in batch:
            kind = find_kind(row["type"])
            stored = {*kind.fields, *kind.optional} if kind else set()
            data = {key: value for key, value in row["data"].items() if key in stored}
            if kind is not None:
                data |= {"name": names.get(row["actor_id"], DELETED_NAME)} if kind.names_actor else {}
                data |= words[row["id"]].values
            yield {key: value for key, value in row.items() if key != "actor_id"} | {"data": data}


def _names_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    statement = select(Person.id, Person.name).where(Person.id.in_(list(ids)), Person.state == "active")
    return {row.id: row.name for row in db.session.execute(statement)}


def message_data(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of SMS and mails about notifications with their words, by the ids of the messages.

    It is None for those that tell of something gone, or name somebody who has left or is hidden from their reader.
    Messages that an earlier release wrote have their words in them.
    """
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    references: dict[uuid.UUID, Reference] = {}
    for message in messages:
        folder, _slash, name = message.template.rpartition("/")
        kind = find_kind(name.removesuffix(".txt"))
        data[message.id] = message.data
        if kind is not None and "subject" in message.data:
            subject_id, by_sms = uuid.UUID(message.data["subject"]), f"{folder}/" == SMS_FOLDER
            references[message.id] = Reference(
                message.id, kind.name, message.person_id, message.actor_id, subject_id, message.data, by_sms=by_sms
            )
    words, names = read_words(list(references.values())), _names_in_messages(references.values())
    for reference in references.values():
        kind, name = get_kind(reference.kind), names.get(reference.id, "")
        is_signed = reference.id in names or kind.goes_unsigned or not kind.names_actor
        is_true = words[reference.id].is_whole and is_signed
        named = {"name": name} if kind.names_actor else {}
        data[reference.id] = {**reference.data, **named, **words[reference.id].values} if is_true else None
    for message in messages:
        if message.template.startswith(MAIL_FOLDER) and (read := data[message.id]) is not None:
            data[message.id] = {**read, "unsubscribe": unsubscribe_path(message)}
    return data


def unsubscribe_path(message: Any, row: str = "") -> str:
    """Return the path that stops mails like this one, "" if nobody can stop them or it is to nobody known.

    `row` is what is stopped, by default the row of the kind that the template names.
    """
    kind = find_kind(message.template.rpartition("/")[2].removesuffix(".txt"))
    if message.person_id is None or (kind is not None and "mail" in kind.always):
        return ""
    token = make_token(UNSUBSCRIBE, message.person_id, message.recipient, is_public=True)
    row = row or (kind.row if kind is not None else "")
    return f"/unsubscribe/{token}" + (f"?of={row}" if row else "")


read_data_with(SMS_FOLDER, message_data)
read_data_with(MAIL_FOLDER, message_data)


def _names_in_messages(references: Iterable[Reference]) -> dict[uuid.UUID, str]:
    """Return the names of the actors of messages that name them, without people who have left or are hidden."""
    named = [one for one in references if one.actor_id and get_kind(one.kind).names_actor]
    if not named:
        return {}
    actors = {one.actor_id for one in named if one.actor_id}
    active = select(Person.id, Person.name).where(Person.id.in_(actors), Person.state == "active")
    names = {row.id: row.name for row in db.session.execute(active)}
    hidden = hidden_pairs(actors, {one.person_id for one in named if one.person_id})
    return {
        one.id: names[one.actor_id]
        for one in named
        if one.actor_id in names and frozenset((one.actor_id, one.person_id)) not in hidden
    }
