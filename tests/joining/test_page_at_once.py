"""The page of a run is kept in parts for many viewers: each change is seen at once by all who are signed in.

The page of visitors has one version for all runs (`tests/platform/test_page_cache.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from hampa.announcements.models import RunMessage
from hampa.blocks.actions import block
from hampa.comments.models import Comment
from hampa.joining import actions as joining
from hampa.notifications.models import Notification
from hampa.people.actions import reinstate, suspend, unblock
from hampa.people.models import Person
from hampa.photos.models import RunPicture
from hampa.platform import clock
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.profile.actions import remove_pictures
from hampa.routes.models import RunRoute
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, RunInvitation, RunOrganiser
from tests.factories.base import made
from tests.factories.cards import make_card, make_companions
from tests.factories.comments import make_comment
from tests.factories.files import make_picture
from tests.factories.people import make_person
from tests.factories.profiles import make_face
from tests.factories.runs import add_organiser, take_part
from tests.page import forget_parts
from tests.personas import Setting

OWN = re.compile(r'(name="(?:csrf_token|submission)" value=|<time [^>]*>)"?[^"<]*')
"""What differs between two answers to the same person: tokens of forms, and how long ago something was."""


@pytest.fixture
def changes(setting: Setting, db_session: Any) -> dict[str, Callable[[], Any]]:
    """Return what can change on the page of a run, in an order in which each follows from those before."""
    run, owner, companion, stranger = setting.run, setting.owner, setting.companion, setting.stranger
    run.starts_at = clock.now() + timedelta(days=2)  # the world may have been made while a test had moved the clock
    later: dict[str, Any] = {}

    def set_values(row: Any, **values: Any) -> None:
        for name, value in values.items():
            setattr(row, name, value)

    def own(kind: Any) -> Any:
        return db.session.scalars(select(kind).where(kind.run_id == run.id)).first()

    def place(person: Person) -> Participation:
        return db.session.scalars(
            select(Participation).where(Participation.run_id == run.id, Participation.person_id == person.id)
        ).one()

    def message(**values: Any) -> None:
        run.announced_at = clock.now()
        made(RunMessage, run_id=run.id, sender_id=owner.id, by_sms=False, sent_at=clock.now(), **values)

    return {
        "somebody joins": lambda: joining.join_run(stranger, run.id),
        "they bring a guest": lambda: set_values(run, guests_allowed=1, taken=run.taken + 1),
        "they run with a card": lambda: set_values(place(stranger), card_id=make_card(stranger).id),
        "a comment": lambda: make_comment(run, stranger, text="Is there tea?"),
        "another comment": lambda: make_comment(run, companion, text="There is."),
        "a comment is changed by a statement": lambda: db.session.execute(
            update(Comment).where(Comment.run_id == run.id).values(text="Nothing")
        ),
        "a comment is removed": lambda: db.session.delete(own(Comment)),
        "a photo": lambda: later.update(photo=make_picture(run, stranger)),
        "a photo is removed": lambda: db.session.delete(later["photo"]),
        "all photos are removed by a statement": lambda: db.session.execute(
            delete(RunPicture).where(RunPicture.run_id == run.id)
        ),
        "a cover": lambda: make_picture(run, owner, "cover", widths=[1600, 960, 480], height=800),
        "a cover that waits": lambda: make_picture(run, owner, "cover", upload="x"),
        "a message to those who go": lambda: message(text="Bring a lamp.", statuses=["GOING"]),
        "a message to those who wait": lambda: message(text="Soon.", statuses=["WAITLISTED"]),
        "messages are taken back": lambda: db.session.execute(delete(RunMessage).where(RunMessage.run_id == run.id)),
        "the route is cut": lambda: set_values(own(RunRoute), cut=True),
        "the route is read again": lambda: set_values(own(RunRoute), upload="x"),
        "the route is gone": lambda: db.session.delete(own(RunRoute)),
        "another title": lambda: set_values(run, title="Around the hill", sequence=run.sequence + 1),
        "another text": lambda: set_values(run, description="Bring *water*.", directions="By the gate"),
        "places by a statement": lambda: db.session.execute(
            update(type(run)).where(type(run).id == run.id).values(capacity=30)
        ),
        "questions": lambda: set_values(run, join_policy="approval"),
        "a pace group": lambda: later.update(group=made(PaceGroup, run_id=run.id, position=0, name="Easy", pace=390)),
        "somebody runs in it": lambda: set_values(place(companion), pace_group_id=later["group"].id),
        "somebody is asked to lead it": lambda: set_values(later["group"], leader_id=stranger.id),
        "they lead it": lambda: set_values(later["group"], leader_agreed_at=clock.now()),
        "somebody is asked to organise": lambda: made(
            RunInvitation,
            run_id=run.id,
            role="organiser",
            person_id=stranger.id,
            asker_id=owner.id,
            expires_at=run.starts_at,
        ),
        "another name": lambda: set_values(companion, name="Reza Kamali"),
        "a name of the owner": lambda: set_values(owner, name="Sara Kamali"),
        "a face": lambda: make_face(stranger),
        "no face any more": lambda: remove_pictures(owner),
        "a page that opens": lambda: set_values(companion, profile_visibility="everyone"),
        "companions": lambda: make_companions(stranger, companion),
        "somebody else organises too": lambda: later.update(organiser=add_organiser(run)),
        "and comments": lambda: make_comment(run, later["organiser"], text="Hello"),
        "a block between two who come": lambda: block(stranger, companion.id),
        "a block of who commented": lambda: block(stranger, later["organiser"].id),
        "no block": lambda: unblock(stranger, companion.id),
        "somebody is suspended": lambda: suspend(companion, "suspended", None),
        "and is back": lambda: reinstate(companion),
        "somebody waits": lambda: take_part(run, make_person(), "WAITLISTED"),
        "an organiser is one no more": lambda: db.session.execute(
            delete(RunOrganiser).where(RunOrganiser.run_id == run.id)
        ),
        "somebody leaves": lambda: joining.leave_run(stranger, run.id),
        "it is cancelled": lambda: set_values(run, cancelled_at=clock.now(), cancel_reason="Ice"),
    }


@pytest.fixture
def one_moment(page: Any) -> Iterator[None]:
    """Stop the clock: pages tell how long ago a thing was."""
    forget_parts(page.app)
    with clock.frozen(clock.now()):
        yield


@pytest.mark.usefixtures("one_moment")
def test_each_change_is_seen_at_once_by_all_who_look(
    page: Any, setting: Setting, changes: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TTLCache, "enabled", True)
    path = f"/runs/{setting.run.id}"
    readers = {
        who: page.as_(person)
        for who, person in {
            "stranger": setting.stranger,
            "another stranger": make_person(name="Nobody"),
            "companion": setting.companion,
            "owner": setting.owner,
            "operator": setting.operator,
        }.items()
    }

    def shown(browser: Any) -> str:
        answer = browser.get(path)
        return f"{answer.status} " + OWN.sub(r"\1", answer.text)

    def fresh(browser: Any) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(TTLCache, "enabled", False)
            return shown(browser)

    failures = []
    before = {who: shown(browser) for who, browser in readers.items()}
    for name, change in changes.items():
        change()
        db.session.commit()
        after = {who: shown(browser) for who, browser in readers.items()}
        anew = {who: fresh(browser) for who, browser in readers.items()}
        failures += [f"{name}, seen by {who}" for who in readers if after[who] != anew[who]]
        if after == before:
            failures.append(f"{name} changes nothing")
        before = after
    assert not failures, failures


@pytest.mark.parametrize(("who", "most"), [("stranger", 3), ("owner", 3), ("operator", 3), ("companion", 5)])
def test_the_page_has_few_statements_however_much_is_on_it(page, setting, statements, remembering, who, most):
    make_comment(setting.run, make_person())
    add_organiser(setting.run)
    db.session.execute(update(Notification).values(read_at=clock.now()))
    db.session.commit()
    path = f"/runs/{setting.run.id}"
    browser = page.as_(setting.viewer(who))
    browser.get(path, 200)
    with statements() as seen:
        browser.get(path, 200)
    assert len(seen) <= most, [text[:70] for text in seen]
