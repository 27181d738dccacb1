"""How many statements each main page of a signed-in person may ask, the session's one included.

Counted for somebody who comes to a page that others have just seen, since what all share is kept; and for everybody who
may see the page, so that nobody's role is dear. A feature's main page gets a row here when it is built: 2 or 3 for a
list, 4 for the page of a thing, 5 for home. More than that says here what for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BindParameter, Select
from sqlalchemy.sql import visitors

import hampa
from hampa.platform.pool import only_reads
from hampa.platform.statements import KeptStatement
from tests.page import Page, forget_parts
from tests.personas import Setting

CODE = f"{Path(hampa.__file__).parent}/"

pytestmark = pytest.mark.usefixtures("remembering")

VIEWERS = ("companion", "stranger", "owner", "operator")
MOST = {
    "/runs": 2,
    "/cards": 3,
    "/notifications": 2,
    "/runs/<uuid:run_id>": 3,
    "/messages": 2,
    "/messages/<uuid:conversation_id>": 3,
    "/": 5,
    "/organising": 4,  # whether there is a run to repeat, where the rows show none
    "/me": 2,
    "/answers": 3,  # whether something is unread that a kind of answer tells of
    "/crews": 3,
    "/crews/requests": 3,  # the row of hats asks for itself
    "/crews/<uuid:crew_id>": 7,  # its next runs, and its talk, ask for themselves
    "/crews/<uuid:crew_id>/runs": 3,
    "/crews/<uuid:crew_id>/members": 4,  # its sub-groups
    "/crews/<uuid:crew_id>/conversation": 3,
    "/crews/<uuid:crew_id>/groups": 3,
    "/crews/<uuid:crew_id>/membership": 4,  # its sub-groups, and what the log has of the member
    "/crews/<uuid:crew_id>/phone-numbers": 5,  # what the crew invited, how many came, and the limits of both
    "/crews/<uuid:crew_id>/reach-out": 3,
    "/crews/<uuid:crew_id>/check-in/settings": 5,  # choices in the crew, for all crews, and who looked
    "/me/check-ins/settings": 3,
    "/me/check-ins/import": 1,
    "/crews/<uuid:crew_id>/check-in": 5,  # what the person said for this period, their last answers, and their choices
    "/crews/<uuid:crew_id>/check-ins": 3,
    "/crews/<uuid:crew_id>/check-ins/numbers": 3,
    "/crews/<uuid:crew_id>/check-ins/numbers/mine": 3,
    "/incidents": 3,
    "/admin/audit": 3,  # who has acted
    "/admin/people": 2,
    "/admin/broadcasts": 2,
    "/admin/numbers": 2,
    "/admin": 4,  # all that waits, gateways, spending
    "/admin/appeals": 2,
    "/incidents/all": 3,
    "/me/check-ins": 4,  # how they go on
    "/duties": 3,  # the schedules open to one, one's own
    "/schedules/<uuid:schedule_id>": 4,  # its instructions
    "/schedules/<uuid:schedule_id>/shifts/<start>": 8,  # what is different, own, who does it, waits, was asked
    # A form of coordinators: the booking, its schedule, their rights, whom it hides, who has it, and what others have.
    "/duties/bookings/<uuid:booking_id>/swap": 7,
    "/duties/close-outs": 2,
    "/duties/close-outs/<uuid:closeout_id>": 5,  # its crew or series, who was booked, what was reported
    "/duties/messages?crew=<uuid:crew_id>": 5,  # the crew with one's role, its schedules, their shifts, and what was written
    "/duties/calendar": 4,  # the row of hats
    "/rosters": 3,
    "/rosters/<owner_kind>/<uuid:owner_id>": 7,  # its schedules, one's role, shifts, drafts and people
    # The same, and for checks: rules, runners, what is unpublished, and on a day with somebody, how they stand.
    "/rosters/<owner_kind>/<uuid:owner_id>/<day>": 10,
    "/board/<board_token>": 4,
    "/duties/boards": 4,  # what one coordinates: crews and series, and their boards
    "/me/duties": 6,  # what waits for an answer, to come, past, hours, and the row of hats
    "/me/training": 5,  # goals, the days of a year with the timer, the latest activities, and the row of hats
    "/me/activities": 3,  # the row of hats
    "/me/training/visibility": 2,
    "/people/<uuid:person_id>/activities": 3,
    "/people/<uuid:person_id>/timeline": 3,
    "/plans/<uuid:plan_id>/timeline": 3,
    "/crews/<uuid:crew_id>/timeline": 3,
    "/me/plans": 3,
    "/me/goals": 3,
    "/activities/<uuid:activity_id>": 5,  # whether it is flagged
    "/me/gear": 3,
    "/leaderboards": 5,  # who went, who is on the page, whether one stands there, and one's crews and plans
    "/me/badges": 4,  # badges, how far the next ones are, and who sees them
    "/badges": 2,
    "/me/challenges": 2,
    "/crews/<uuid:crew_id>/challenges": 3,
    "/challenges/<uuid:challenge_id>": 6,  # ranks, what does not count, the membership of the crew, and the link
    "/crews/<uuid:crew_id>/badges": 3,
    "/badges/<uuid:badge_id>": 6,  # the membership of its crew, who has it, and from whom it was taken
    # Members, who may be invited, sums, activities, milestones, files, notes, summaries, sessions, their coaching and the days
    # on which there is other time than usual ask for themselves.
    "/plans/<uuid:plan_id>": 13,
    "/search": 1,  # nothing is asked until something is looked for: tests/search counts
    "/notes/<owner_kind>/<uuid:owner_id>": 5,  # pinned ones, the others, and deleted ones
    "/summaries/<owner_kind>/<uuid:owner_id>": 12,  # its sources, and what it rests on now: one statement a kind
    "/me/files": 4,  # the names of what they belong to, and the room that is used
    "/files/<owner_kind>/<uuid:owner_id>": 3,
    "/coaching": 3,  # the row of hats
    "/coaching/templates": 3,
    "/coaching/week": 4,  # athletes with their time, their sessions, and the row of hats
    "/me/availability": 4,  # with the sessions on days of exceptions
    "/me/deadlines": 2,
    "/me/training-week": 3,
    "/me/coaches": 3,  # the invitations to one's number
    "/schedules": 5,  # also the crews and the series that one coordinates
    "/me/following": 4,  # beside the list: what the person hears of it, and whether they follow anything at all
    "/series/<uuid:series_id>": 4,  # the series, its runs, and whether the viewer follows it
    "/@<handle>": 7,  # runs, cards, training, badges and whether the viewer follows them ask for themselves
    "/me/settings": 1,
    "/me/settings/notifications": 5,  # what is chosen, and what is muted: things, conversations and crews
    "/me/offline": 2,
    "/notifications/devices": 2,
    "/me/profile": 3,  # the picture that is being made, and the address that is being confirmed
    "/me/ways": 4,  # passkeys, the password and the account elsewhere ask for themselves
    "/me/tokens": 2,
    "/me/webhooks": 2,
    "/subscription": 5,  # what one has with its plan, the plans, what is allowed, and what was paid
    "/me/sessions": 2,
    "/runs/new": 3,
    "/cards/<uuid:card_id>": 7,  # what is free, which is kept outside tests, the relation of the two people, and what organisers among them may do
}
MORE = {
    ("/messages", "stranger"): 3,  # an empty list asks for itself how many requests wait
    ("/messages", "operator"): 3,
    ("/notifications", "owner"): 4,  # one for each sort of thing that the words of theirs come from
    # Opening the page looks for what is unread and leads there, while the bell shows any. Theirs is also the request.
    ("/runs/<uuid:run_id>", "companion"): 6,
    ("/cards/<uuid:card_id>", "stranger"): 7,  # whether they share a crew with the owner
    ("/", "owner"): 7,  # their watch, their day as an organiser, an interest that waits, the check-in of their crew
    ("/me", "operator"): 3,  # what waits for them
    # The same of notices about signing in, which lead there.
    ("/me/ways", "companion"): 5,
    ("/me/training", "companion"): 6,
    ("/coaching", "companion"): 4,
    ("/me/coaches", "companion"): 5,
    ("/me/training-week", "companion"): 4,
    ("/me/tokens", "companion"): 3,
    ("/me/webhooks", "companion"): 3,
    ("/subscription", "owner"): 7,  # what was bought, and what is read by looking, once a notification is newer than it
    ("/subscription", "companion"): 6,
    ("/me/sessions", "companion"): 3,
    ("/crews/<uuid:crew_id>", "companion"): 8,  # whether the crew has duties
    ("/crews/<uuid:crew_id>/members", "companion"): 5,
    ("/crews/<uuid:crew_id>/check-in", "companion"): 6,
    ("/crews/<uuid:crew_id>/check-in/settings", "companion"): 6,
    ("/schedules/<uuid:schedule_id>", "companion"): 5,
    ("/me/gear", "companion"): 4,
    ("/me/following", "companion"): 5,  # follows the series and the organiser
    ("/series/<uuid:series_id>", "companion"): 5,  # is a member
    # Who was not looked at by the worker: four statements about all that they did.
    ("/me/badges", "companion"): 9,
    ("/badges/<uuid:badge_id>", "companion"): 10,
    ("/@<handle>", "owner"): 8,  # what they are asked for beside what others see
}
"""What a page costs a person who has more to do with what it shows."""


BUILT = {
    "cards/queries/cards.py card_for",
    "cards/queries/cards.py pending_picture",
    "cards/queries/cards.py picture_of",
    "cards/queries/matching.py suggested_cards",
    "notifications/queries/listing.py notifications_of",
    "profile/queries.py newest_picture",
}
"""Questions whose statements are built anew in each request of a main page, for up to a millisecond of it each."""
BUILDING = (
    *("challenges", "coach_summaries", "leaderboards"),
    *("admin", "audit", "moderation", "outbox", "platform", "site_messages"),  # pages of operators
)
"""Features whose questions are not all built once yet."""


@pytest.fixture(scope="module", autouse=True)
def frozen() -> Iterator[list[Any]]:
    """Note the moments that are constants in statements which are built once: a later viewer gets them too."""
    found: list[Any] = []
    build = KeptStatement.__init__

    def note(kept: KeptStatement, statement: Any) -> None:
        build(kept, statement)
        bound = (one for one in visitors.iterate(statement) if isinstance(one, BindParameter) and not one.required)
        found.extend((str(statement)[:200], one.value) for one in bound if isinstance(one.value, datetime))

    KeptStatement.__init__ = note  # type: ignore[method-assign]
    yield found
    KeptStatement.__init__ = build  # type: ignore[method-assign]


@pytest.fixture
def builders(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Note which questions of ours build statements from now on, each as `feature/queries….py function`."""
    found: set[str] = set()
    build = Select.__init__

    def note(statement: Any, *entities: Any) -> None:
        asked, frame = "", sys._getframe(1)
        while frame is not None:
            module = frame.f_code.co_filename
            if module.startswith(CODE) and (not asked or "/queries" in module):
                asked = f"{module.removeprefix(CODE)} {frame.f_code.co_name}"
            frame = frame.f_back  # type: ignore[assignment]
        found.add(asked)
        build(statement, *entities)

    monkeypatch.setattr(Select, "__init__", note)
    return found


def test_main_pages_ask_few_statements(
    page: Page, setting: Setting, statements, frozen: list[Any], builders: set[str]
) -> None:
    asked: dict[str, dict[str, int]] = {}
    built: dict[str, set[str]] = {}
    writing: dict[str, set[str]] = {}
    for rule in MOST:
        address = setting.address(rule)
        for viewer in VIEWERS:
            page.as_(setting.viewer(viewer)).get(address)
        for viewer in VIEWERS:
            reader = page.as_(setting.viewer(viewer))
            builders.clear()
            with statements() as seen:
                answer = reader.get(address)
            if answer.status == 200:
                asked.setdefault(rule, {})[viewer] = len(seen)
                if written := {statement[:60] for statement in seen if not only_reads(statement)}:
                    writing.setdefault(rule, set()).update(written)
                if anew := set(filter(_should_be_kept, builders)):
                    builders.clear()
                    reader.get(address)  # what is kept for some seconds was built by the look before
                    built.setdefault(rule, set()).update(anew & builders)
    assert asked.keys() == MOST.keys()
    assert not frozen
    assert not writing, (
        f"these pages write at a second look: rolled back, it has all statements planned anew\n{writing}"
    )
    found = {rule: sorted(questions) for rule, questions in built.items() if questions}
    assert not found, f"these pages build statements in each request: use @built_once\n{found}"
    faults = [
        f"{rule}: {viewer} {count}, at most {most}"
        for rule, counts in asked.items()
        for viewer, count in counts.items()
        if count > (most := MORE.get((rule, viewer), MOST[rule]))
    ]
    assert not faults, "\n".join([*faults, str(asked)])


def _should_be_kept(question: str) -> bool:
    return question not in BUILT and question.partition("/")[0] not in BUILDING


def test_no_kept_part_is_of_one_viewer(
    app: Flask, page: Page, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token in the key of a part would have it written anew for everybody, each second.

    Keys are noted when something is kept by them: after some seconds, or many pages, it is forgotten.
    """
    parts = app.extensions["hampa.parts"]
    keys: list[str] = []
    keep = type(parts).__setitem__

    def note(kept: Any, key: Any, value: Any) -> None:
        if kept is parts:
            keys.append(repr(key))
        keep(kept, key, value)

    monkeypatch.setattr(type(parts), "__setitem__", note)
    forget_parts(app)
    readers = [page.as_(setting.viewer(viewer)) for viewer in VIEWERS]
    for rule in MOST:
        for reader in readers:
            reader.client.get(setting.address(rule))
    assert any("joining/people.html" in key for key in keys)
    assert not [key for key in keys if re.search(r'name="csrf_token" value="[^"]*\.', key)]
