"""Questions about webhooks: whose they are, what they were sent, and what a call is made of."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from hampa.crews.models import ACTIVE, ADMIN, Crew, CrewMembership, CrewRequest
from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, all_hidden_from
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db, scalar_or_404
from hampa.platform.security import crypto
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, select_page
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import LINK, Run
from hampa.webhooks.models import CREW_RUN, FOLDER, KIND, MOST_WEBHOOKS, NOT_TAKEN, STATES, TEST, Call, Webhook

SECRET = "webhook secret"  # noqa: S105 - the purpose of a key
DELIVERIES_A_PAGE = 20


def webhooks_of(person: Person) -> Sequence[Webhook]:
    """Return the person's webhooks, the newest first."""
    return _webhooks(person.id).scalars().all()


@built_once
def _webhooks(person_id: uuid.UUID) -> Any:
    query = select(Webhook).where(Webhook.person_id == person_id)
    return query.order_by(Webhook.created_at.desc(), Webhook.id.desc())


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
    return list(_told_of(owner_id, event).scalars())


@built_once
def _told_of(owner_id: uuid.UUID, event: str) -> Select[Any]:
    told = Webhook.person_id == owner_id, Webhook.switched_off_at.is_(None), Webhook.events.has_key(event)
    query = select(Webhook.id).join(Person, Person.id == Webhook.person_id)
    return query.where(*told, Person.state == "active")


def told_of_crew(crew_id: uuid.UUID, event: str) -> list[uuid.UUID]:
    """Return the ids of the webhooks of a crew's admins that are told of an event."""
    told = Webhook.switched_off_at.is_(None), Webhook.events.contains([event]), Person.state == "active"
    query = (
        select(Webhook.id)
        .join(CrewMembership, CrewMembership.person_id == Webhook.person_id)
        .join(Person, Person.id == Webhook.person_id)
    )
    return list(db.session.scalars(query.where(CrewMembership.crew_id == crew_id, *_is_admin(), *told)))


def _is_admin() -> tuple[ColumnElement[bool], ...]:
    return CrewMembership.status == ACTIVE, CrewMembership.role == ADMIN


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
    gone, or has another owner by now; of a crew that is gone, or of which the person is no admin by now; and for those
    that name somebody who is hidden from the person by now. See `outbox.models.DataReader`.
    """
    hooks = _by_id(Webhook, {message.data["webhook"] for message in messages})
    runs = _by_id(Run, {message.data["run"] for message in messages if message.data.get("run")})
    crews = _crews({message.data["crew"] for message in messages if message.data.get("crew")})
    admins = _admins_of(crews)
    owners = _owners({hook.person_id for hook in hooks.values()})
    named, members = _named(messages), _members(messages)
    read: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        hook, kind = hooks.get(message.data["webhook"]), message.data["type"]
        run, crew = runs.get(message.data.get("run", "")), crews.get(message.data.get("crew", ""))
        read[message.id] = None
        if hook is None or hook.person_id not in owners or not (hook.is_on or kind == TEST):
            continue
        if "crew" in message.data:
            if crew is None or (str(crew.id), hook.person_id) not in admins:
                continue
            data = _data_of_crew(message, crew, run, members, owners[hook.person_id])
        elif kind == TEST or (run is not None and run.organiser_id == hook.person_id):
            data = _data_of(message, named, owners[hook.person_id])
        else:
            continue
        if data is None:
            continue
        about = ({"crew": _crew_as_data(crew)} if crew is not None else {}) | (
            {"run": _run_as_data(run)} if run is not None else {}
        )
        body = {"type": kind, "timestamp": message.data["timestamp"], "data": {**about, **data}}
        read[message.id] = {"url": hook.url, "secrets": secrets_of(hook), "body": body}
    return read


def _owners(person_ids: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return whom blocks hide from each of these people, for those whose accounts are active."""
    query = select(Person.id, all_hidden_from(Person.id)).where(Person.id.in_(person_ids), Person.state == "active")
    return {person_id: set(hidden or ()) for person_id, hidden in db.session.execute(query)}


def _crews(ids: set[str]) -> dict[str, Any]:
    """Return the crews with these ids, with what calls say of them."""
    if not ids:
        return {}
    query = select(Crew.id, Crew.name, Crew.members).where(Crew.id.in_([uuid.UUID(text) for text in ids]))
    return {str(row.id): row for row in db.session.execute(query)}


def _admins_of(crews: Mapping[str, Any]) -> set[tuple[str, uuid.UUID]]:
    """Return the pairs of crews and their admins."""
    if not crews:
        return set()
    ids = [crew.id for crew in crews.values()]
    query = select(CrewMembership.crew_id, CrewMembership.person_id).where(
        CrewMembership.crew_id.in_(ids), *_is_admin()
    )
    return {(str(crew_id), person_id) for crew_id, person_id in db.session.execute(query)}


def _named(messages: Sequence[Any]) -> dict[tuple[str, str], Any]:
    """Return, by run and person, how the people whom calls about runs name stand in the run."""
    pairs = _pairs(messages, "run")
    if not pairs:
        return {}
    name = Participation.display_name
    query = (
        select(Run.id.label("run_id"), Person.id, Person.state, Participation.id.label("place_id"), name)
        .select_from(Run)
        .join(Person, tuple_(Run.id, Person.id).in_(pairs))
        .outerjoin(Participation, (Participation.run_id == Run.id) & (Participation.person_id == Person.id))
    )
    return {(str(row.run_id), str(row.id)): row for row in db.session.execute(query)}


def _members(messages: Sequence[Any]) -> dict[tuple[str, str], Any]:
    """Return, by crew and person, how the people whom calls about crews name stand in the crew."""
    pairs = _pairs(messages, "crew")
    if not pairs:
        return {}
    query = (
        select(
            Crew.id.label("crew_id"),
            *(Person.id, Person.state, CrewMembership.status, CrewMembership.role),
            CrewRequest.id.label("request_id"),
        )
        .select_from(Crew)
        .join(Person, tuple_(Crew.id, Person.id).in_(pairs))
        .outerjoin(CrewMembership, (CrewMembership.crew_id == Crew.id) & (CrewMembership.person_id == Person.id))
        .outerjoin(CrewRequest, (CrewRequest.crew_id == Crew.id) & (CrewRequest.person_id == Person.id))
    )
    return {(str(row.crew_id), str(row.id)): row for row in db.session.execute(query)}


def _pairs(messages: Sequence[Any], about: str) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return the ids of what calls are about, as `run` or `crew`, with those of the people whom they name."""
    return {
        (uuid.UUID(message.data[about]), uuid.UUID(message.data["data"]["person_id"]))
        for message in messages
        if message.data.get(about) and message.data["data"].get("person_id")
    }


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


def _data_of_crew(
    message: Any, crew: Any, run: Run | None, members: Mapping[tuple[str, str], Any], hidden: set[uuid.UUID]
) -> dict[str, Any] | None:
    """Return what a call says of an event of a crew, or None if it is about somebody who is hidden by now.

    That is also said of who asked to get in and took it back, and of a run that the crew does not list any more.
    """
    data, kind = dict(message.data["data"]), message.data["type"]
    if kind == CREW_RUN and (run is None or run.crew_id != crew.id or run.visibility == LINK or run.cancelled_at):
        return None
    if data.get("person_id") is None:
        return data
    row = members.get((message.data["crew"], data["person_id"]))
    if row is None or row.id in hidden or row.state in SHUT_OUT:
        return None
    if kind == "crew.member_asked":
        return data if row.request_id is not None else None
    if row.status is None and kind != CREW_RUN:
        return None
    return data | {"role": row.role} if kind in ("crew.member_joined", "crew.member_changed") else data


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


def _crew_as_data(crew: Any) -> dict[str, Any]:
    url = f"{settings().base_url}/crews/{crew.id}"
    return {"id": str(crew.id), "name": crew.name, "url": url, "members": crew.members}


read_data_with(FOLDER, call_data)
