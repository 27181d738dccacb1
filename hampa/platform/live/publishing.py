"""Publishing events after the commit.

Without Redis they wait in the process, so many of them, and are published when it is back; past that number all open
pages are told to ask again for what they show.
"""

import threading
import uuid
from collections.abc import Iterable, Sequence

from flask import Flask, current_app, g, has_request_context
from redis import Redis
from sqlalchemy import event as database_event
from sqlalchemy.orm import Session, SessionTransaction

from hampa.platform.db import db
from hampa.platform.live.events import EVERYBODY, FIELD, MOST_KEPT, RELOAD, STREAM, Value, current_position, encode
from hampa.platform.live.topics import GROUP
from hampa.platform.redis import REST_SECONDS, key, quietly
from hampa.platform.web.hooks import for_pages

MOST_WAITING = 1_000
TOPICS_AN_EVENT = 500
TYPING_SECONDS = 3
_PUBLISHED = "hampa.live.published"
_POSITION = "live_position"
_current_g = g._get_current_object

_waiting: list[str] = []
_lock = threading.Lock()
_timer: threading.Timer | None = None


def publish(topic: str, event: str, **ids: Value) -> None:
    """Tell the open pages that listen to a topic of an event, once the outermost transaction is committed.

    Topics are `person:<id>`, `run:<id>` and others that `register_topic` knows. An event has a name and ids; `person`
    is the id of somebody whom it names, and who is hidden from those that it does not reach. The same event of a topic
    is published once a commit. Nobody waits for it, and it is silent when Redis is away.
    """
    _add(encode([topic], event, ids))


def publish_to_people(person_ids: Iterable[uuid.UUID], event: str, **ids: Value) -> None:
    """Tell the open pages of some people of an event, after the commit as `publish` does; 500 people cost as one."""
    topics = [f"person:{person_id}" for person_id in dict.fromkeys(person_ids)]
    for start in range(0, len(topics), TOPICS_AN_EVENT):
        _add(encode(topics[start : start + TOPICS_AN_EVENT], event, ids))


def publish_to_group(name: str, group_id: uuid.UUID, event: str, **ids: Value) -> None:
    """Tell the open pages of all who are in a group of an event, after the commit, as one event however many they are.

    A number `within` is the time, in milliseconds, over which pages that have something to ask then are spread.
    """
    _add(encode([f"{GROUP}:{name}:{group_id}"], event, ids))


def publish_now(topic: str, event: str, **ids: Value) -> None:
    """Tell the pages that are open now of something of the moment, at once; who comes back is not told of it."""
    message = encode([topic], event, ids, kept=False)
    quietly(lambda client: _write(client, [message]), otherwise=None)


def typing(conversation_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Tell who has a conversation open that a person types there, once in three seconds at most.

    The caller has checked that the person may write there and lets others see that they type.
    """
    mark = key(f"live:typing:{conversation_id}:{person_id}")
    if quietly(lambda client: bool(client.set(mark, 1, ex=TYPING_SECONDS, nx=True)), otherwise=False):
        publish_now(f"conversation:{conversation_id}", "typing", person=person_id)


def init_app(app: Flask) -> None:
    """Publish after commits, and give pages the position of their events.

    All apps of a process share the session, which needs one listener. It comes after that of `versions`, so that a page
    which is told of a change never finds the state before it in a cache.
    """
    if not database_event.contains(db.session, "after_commit", _after_commit):
        database_event.listen(db.session, "after_commit", _after_commit)
        database_event.listen(db.session, "after_soft_rollback", _after_rollback)
    app.before_request(for_pages(_remember_position))
    app.jinja_env.globals["live_position"] = position_of_page


def _remember_position() -> None:
    setattr(_current_g(), _POSITION, current_position())


def position_of_page() -> str:
    """Return the position from before the page of this request was read; "" where it is not known."""
    return str(_current_g().get(_POSITION, "")) if has_request_context() else ""


def _add(message: str) -> None:
    db.session.info.setdefault(_PUBLISHED, {})[message] = None  # a dict keeps the order


def _after_commit(session: Session) -> None:
    # SQLAlchemy calls this for the end of a savepoint too.
    if not session.in_nested_transaction() and (messages := session.info.pop(_PUBLISHED, None)):
        with _lock:
            _waiting.extend(messages)
        _publish_waiting()


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_PUBLISHED, None)


def _publish_waiting() -> None:
    """Publish what waits; keep it for later if Redis is away."""
    global _timer
    with _lock:
        messages = _waiting[:]
        _waiting.clear()
    if not messages or quietly(lambda client: _write(client, messages), otherwise=False):
        return
    with _lock:
        _waiting[:0] = messages
        if len(_waiting) > MOST_WAITING:
            _waiting[:] = [encode([EVERYBODY], RELOAD, {})]
        if _timer is None:
            app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
            _timer = threading.Timer(REST_SECONDS + 0.1, _publish_later, (app,))
            _timer.daemon = True
            _timer.start()


def _publish_later(app: Flask) -> None:
    global _timer
    with _lock:
        _timer = None
    with app.app_context():
        _publish_waiting()


def _write(client: Redis, messages: Sequence[str]) -> bool:
    """Add events to the stream in one round trip."""
    name = key(STREAM)
    with client.pipeline(transaction=False) as pipeline:
        for message in messages:
            pipeline.xadd(name, {FIELD: message}, maxlen=MOST_KEPT, approximate=True)
        pipeline.execute()
    return True
