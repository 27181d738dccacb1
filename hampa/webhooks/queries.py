"""Questions about webhooks: whose they are, what they were sent, and what a call is made of."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Person
from hampa.people.queries import all_hidden_from
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db, scalar_or_404
from hampa.platform.security import crypto
from hampa.platform.web.paging import Page, select_page
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
    return list(db.session.scalars(select(Webhook.id).where(*told)))


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

    None for those of a webhook that is gone or switched off, of a run that is gone, and for those that name somebody who
    is hidden from the owner by now. See `outbox.models.DataReader`.
    """
    hooks = _by_id(Webhook, {message.data["webhook"] for message in messages})
    runs = _by_id(Run, {message.data["run"] for message in messages if message.data.get("run")})
    owners = {hook.person_id for hook in hooks.values()}
    rows = db.session.execute(select(Person.id, all_hidden_from(Person.id)).where(Person.id.in_(owners)))
    hidden = {owner_id: {str(person_id) for person_id in ids or ()} for owner_id, ids in rows}
    read: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        hook, run = hooks.get(message.data["webhook"]), runs.get(message.data.get("run", ""))
        is_test = message.data["type"] == TEST
        is_there = hook is not None and (hook.is_on or is_test) and (run is not None or is_test)
        if hook is None or not is_there or message.data["data"].get("person_id") in hidden.get(hook.person_id, ()):
            read[message.id] = None
            continue
        about = {"run": _run_as_data(run)} if run is not None else {}
        body = {
            "type": message.data["type"],
            "timestamp": message.data["timestamp"],
            "data": {**about, **message.data["data"]},
        }
        read[message.id] = {"url": hook.url, "secrets": secrets_of(hook), "body": body}
    return read


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
