"""Topics of events, who may listen to them, and what a stream listens to."""

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from hampa.platform.errors import Forbidden, NotFound

MOST_TOPICS = 8
"""Topics that a page may ask for beside those of its person and session."""

Checker = Callable[[Any, uuid.UUID], object]
HasScope = Callable[[str], bool]
"""Whether a token has a scope."""

_checkers: dict[str, tuple[Checker, str]] = {}


def register_topic(name: str, may_listen: Checker, scope: str) -> None:
    """Let pages listen to topics `<name>:<id>` when `may_listen(person, id)` allows it, and tokens that have `scope`.

    It returns False or None, or raises NotFound or Forbidden, for a person who may not; it runs when a stream opens.
    When a permission ends after that, `publish(f"person:{id}", "recheck")` has the streams of the person open again, and
    `publish(topic, "recheck")` those of all who listen to a topic.
    """
    _checkers[name] = (may_listen, scope)


GROUP = "group"
"""The beginning of the topics of groups, for which no page asks: all streams of who is in one have its topic."""
Groups = Callable[[Any], Iterable[uuid.UUID]]
_groups: dict[str, tuple[Groups, str]] = {}


def register_group(name: str, groups_of: Groups, scope: str) -> None:
    """Tell all open pages of people in a group what `publish_to_group(name, id, …)` says, as if it were each one's own.

    `groups_of` returns the ids of a person's groups, and is asked when a stream opens. When they change after that,
    `publish(f"person:{id}", "recheck")` has the streams of the person open again. The group is also told on the topic
    `<name>:<id>`, to which its pages listen, that somebody came (`came`, without saying who), if the person shows it.
    Tokens hear of groups that have `scope`.
    """
    _groups[name] = (groups_of, scope)


def groups_of(person: Any, has_scope: HasScope | None = None) -> frozenset[str]:
    """Return the groups of a person, as `<name>:<id>`; of those a token hears for which it has the scope."""
    heard = ((name, ids_of) for name, (ids_of, scope) in _groups.items() if has_scope is None or has_scope(scope))
    return frozenset(f"{name}:{one}" for name, ids_of in heard for one in ids_of(person))


SESSIONS = "hampa.live.ended_sessions"
EndedSessions = Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]]


def check_sessions_with(app: Flask, ended_among: EndedSessions) -> None:
    """Have the streams of those sessions end that `ended_among` returns, when it is asked about all that have one."""
    app.extensions[SESSIONS] = ended_among


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a stream gets: events of these topics after the one with the id `after`, none that names a `hidden` person.

    The person is in these `groups`, whose events come as their own; if they are `shown` there, the group is told when
    they come.
    """

    person_id: str
    session_id: str
    topics: frozenset[str]
    hidden: frozenset[str]
    after: str = ""
    groups: frozenset[str] = frozenset()
    shown: bool = False

    @property
    def all_topics(self) -> set[str]:
        """The topics of the stream, with those of its person, their groups and the session."""
        own = {f"person:{self.person_id}", f"session:{self.session_id}"}
        return {*self.topics, *own, *(f"{GROUP}:{group}" for group in self.groups)}


@dataclass(slots=True)
class Opening:
    """What the shell puts into the WSGI environment (`OPENING`) for the view to say what the stream gets."""

    subscription: Subscription | None = None


OPENING = "hampa.live"


def allowed_topics(person: Any, asked: str, has_scope: HasScope | None = None) -> frozenset[str]:
    """Return those of the topics, with commas between them, that a person may listen to; the first few alone.

    A token listens to those of its scopes: `has_scope` says which it has.
    """
    topics = dict.fromkeys(filter(None, asked.split(",")))
    return frozenset(topic for topic in list(topics)[:MOST_TOPICS] if _may_listen(person, topic, has_scope))


def _may_listen(person: Any, topic: str, has_scope: HasScope | None) -> bool:
    name, _colon, text = topic.partition(":")
    checker, scope = _checkers.get(name, (None, ""))
    try:
        subject_id = uuid.UUID(text)
    except ValueError:
        return False
    if checker is None or str(subject_id) != text or not (has_scope is None or has_scope(scope)):
        return False
    try:
        return bool(checker(person, subject_id))
    except (NotFound, Forbidden):
        return False
