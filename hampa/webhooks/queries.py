"""Questions about webhooks: whose they are, what they were sent, and what a call is made of."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, tuple_

from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, all_hidden_from
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db, scalar_or_404
from hampa.platform.security import crypto
from hampa.platform.web.paging import Page, select_page
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.webhooks.models import FOLDER, KIND, MOST_WEBHOOKS, NOT_TAKEN, STATES, TEST, Call, Webhook

SECRET = "webhook secret"  # noqa: S105 - the purpose of a key
DELIVERIES_A_PAGE = 20


def webhooks_of(person: Person) -> Sequence[Webhook]:
    """Return the person's webhooks, the newest first."""
    query = select(Webhook).where(Webhook.person_id == person.id)
    return db.session.scalars(query.order_by(Webhook.created_at.desc(), Webhook.id.desc())).all()


def webhook_of(person: Person, webhook_id: uuid.UUID, *, lock: bool = False) -> Webhook:
    """Return one of the person's webhooks, or raise NotFound."""
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.person_id == person.id)
    return scalar_or_404(query.with_for_update() if lock else query)


def has_too_many(person: Person) -> bool:
    """Return whether the person has as many webhooks as one can have."""
    count = select(func.count()).where(Webhook.person_id == person.id)
    return bool((db.session.scalar(count) or 0) >= MOST_WEBHOOKS)


def told_of(owner_id: uuid.UUID, event: str) -> list[uuid.UUID]:
    """Return the ids of the webhooks of a person that are told of an event."""
    told = Webhook.person_id == owner_id, Webhook.switched_off_at.is_(None), Webhook.events.contains([event])
    query = select(Webhook.id).join(Person, Person.id == Webhook.person_id)
    return list(db.session.scalars(query.where(*told, Person.state == "active")))


def deliveries_of(webhook: Webhook, after: str | None = None, size: int = DELIVERIES_A_PAGE) -> Page[OutboxMessage]:
    """Return the calls of a webhook, the newest first."""
    calls = select(OutboxMessage).where(OutboxMessage.recipient == str(webhook.id), OutboxMessage.kind == KIND)
    query = select_page(calls, after, size, OutboxMessage.created_at, OutboxMessage.id, descending=True)
    return Page.of(db.session.scalars(query).all(), size, lambda row: (row.created_at, row.id))


def call_of(message: OutboxMessage) -> Call:
    """Return a call as it is listed on a page."""
    was_taken = message.status == "sent"
    error = None if was_taken else message.last_error
    state = STATES.get(message.status, NOT_TAKEN)
    return Call(message.purpose, message.created_at, state, was_taken, error, message.attempts)


def call_data(messages: Sequence[Any]) -> Mapping[uuid.UUID, dict[str, Any] | None]:
    """Return what calls are made of, in few statements: the `webhook`, its secrets and the body.

    None for those of a webhook that is gone or switched off, or whose person has no active account; of a run that is
    gone, or has another owner by now; and for those that name somebody who is hidden from the owner by now. See
    `outbox.models.DataReader`.
    """
    hooks = _by_id(Webhook, {message.data["webhook"] for message in messages})
    runs = _by_id(Run, {message.data["run"] for message in messages if message.data.get("run")})
    owners = _owners({hook.person_id for hook in hooks.values()})
    named = _named(messages)
    read: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        hook, run = hooks.get(message.data["webhook"]), runs.get(message.data.get("run", ""))
        is_test = message.data["type"] == TEST
        read[message.id] = None
        if hook is None or hook.person_id not in owners or not (hook.is_on or is_test):
            continue
        if not is_test and (run is None or run.organiser_id != hook.person_id):
            continue
        data = _data_of(message, named, owners[hook.person_id])
        if data is None:
            continue
        about = {"run": _run_as_data(run)} if run is not None else {}
        body = {"type": message.data["type"], "timestamp": message.data["timestamp"], "data": {**about, **data}}
        read[message.id] = {"url": hook.url, "secrets": secrets_of(hook), "body": body}
    return read


def _owners(person_ids: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return whom blocks hide from each of these people, for those whose accounts are active."""
    query = select(Person.id, all_hidden_from(Person.id)).where(Person.id.in_(person_ids), Person.state == "active")
    return {person_id: set(hidden or ()) for person_id, hidden in db.session.execute(query)}


def _named(messages: Sequence[Any]) -> dict[tuple[str, str], Any]:
    """Return, by run and person, how the people whom calls are about stand in the run."""
    pairs = {
        (uuid.UUID(message.data["run"]), uuid.UUID(message.data["data"]["person_id"]))
        for message in messages
        if message.data["data"].get("person_id")
    }
    name = Participation.display_name
    query = (
        select(Run.id.label("run_id"), Person.id, Person.state, Participation.id.label("place_id"), name)
        .select_from(Run)
        .join(Person, tuple_(Run.id, Person.id).in_(pairs))
        .outerjoin(Participation, (Participation.run_id == Run.id) & (Participation.person_id == Person.id))
    )
    return {(str(row.run_id), str(row.id)): row for row in db.session.execute(query)}


def _data_of(message: Any, named: Mapping[tuple[str, str], Any], hidden: set[uuid.UUID]) -> dict[str, Any] | None:
    """Return what a call says of its event, or None if it is about somebody who is hidden by now.

    A walk-in, whom an organiser listed under another name, has an id in the run and none as a person: it would tell whose
    number was typed. That goes for whoever it is, so that no answer tells more than another.
    """
    data = dict(message.data["data"])
    if "person_id" not in data:
        return data
    row = named.get((message.data["run"], data["person_id"]))
    if row is None:
        return None
    is_walk_in = bool(row.display_name)
    if not is_walk_in and (row.id in hidden or row.state in SHUT_OUT):
        return None
    if message.data["type"] == "participant.changed":
        data["participation_id"] = str(row.place_id) if row.place_id else None
    return data | {"person_id": None} if is_walk_in else data


def secrets_of(webhook: Webhook) -> list[str]:
    """Return the secrets that calls are signed with now, the newest first."""
    kept = [webhook.secret]
    if webhook.old_secret is not None and webhook.old_secret_until and webhook.old_secret_until > clock.now():
        kept.append(webhook.old_secret)
    return [crypto.decrypt(secret, SECRET) for secret in kept]


def _by_id(model: Any, ids: set[str]) -> dict[str, Any]:
    found = db.session.scalars(select(model).where(model.id.in_([uuid.UUID(text) for text in ids])))
    return {str(row.id): row for row in found}


def _run_as_data(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "title": run.title,
        "starts_at": run.starts_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "url": f"{settings().base_url}/runs/{run.id}",
        "going": run.coming,
        "waiting": run.waiting,
    }


read_data_with(FOLDER, call_data)
