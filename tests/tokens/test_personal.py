"""Personal tokens in settings: made with a fresh proof, shown once, ended by a tap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.auth.models import Session
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden
from hampa.tokens import queries
from hampa.tokens.actions import personal
from hampa.tokens.jobs import prune
from hampa.tokens.models import MOST_TOKENS, PREFIX, PersonalToken
from hampa.tokens.privacy import tokens as exported
from tests.auth.signing_in import ahead, codes_sent
from tests.factories.tokens import make_personal_token
from tests.page import Answer, Page
from tests.personas import Setting

LIST, NEW = "/me/tokens", "/me/tokens/new"
WANTED = {"name": "Watch", "scopes": ["runs:read", "runs:write"], "days": "30"}


def rows(person) -> list[PersonalToken]:
    db.session.expire_all()
    return list(db.session.scalars(select(PersonalToken).where(PersonalToken.person_id == person.id)))


def shown(answer: Answer) -> str:
    """Return the token on a page, "" if there is none."""
    found = [field for field in answer.all("input") if field.get("id") == "new-token"]
    return str(found[0].get("value")) if found else ""


def let_proof_age(person) -> None:
    for session in db.session.scalars(select(Session).where(Session.person_id == person.id)):
        session.proved_at = clock.now() - timedelta(minutes=11)
    db.session.commit()


@pytest.mark.parametrize("viewer", ["stranger", "companion", "owner", "operator"])
def test_a_token_is_made_shown_once_and_ended(page: Page, setting: Setting, viewer):
    person = setting.viewer(viewer)
    reader = page.as_(person)
    made = reader.get(NEW, 200).form(NEW).fill(**WANTED).submit(status=303)
    assert made.location == LIST
    answer = made.follow()
    text = shown(answer)
    assert text.startswith(PREFIX) and answer.response.headers["Cache-Control"] == "no-store"
    (row,) = rows(person)
    assert row.token_hash == queries.personal_token_hash(text) and text not in row.token_hash
    assert (row.last_letters, row.scopes) == (text[-4:], ["runs:read", "runs:write"])
    again = reader.get(LIST, 200)
    assert not shown(again), "it is shown once"
    for words in ("Watch", text[-4:], "never used", "See runs, and who comes"):
        assert words in again.words, words
    bearer = queries.bearer_of(text)
    assert bearer is not None and bearer.person == person and bearer.scopes == {"runs:read", "runs:write"}
    for other in {"stranger", "companion", "owner", "operator"} - {viewer}:
        theirs = page.as_(setting.viewer(other))
        assert text[-4:] not in theirs.get(LIST).words
        theirs.post(f"{LIST}/{row.id}/end", {}, 404)
    next(form for form in again.forms if form.action.endswith("/end")).submit(status=303)
    assert queries.bearer_of(text) is None
    assert "Watch" not in reader.get(LIST).words


def test_a_visitor_signs_in_first(page: Page):
    assert "/login" in page.get(LIST, 303).location
    page.post(NEW, WANTED, 303)
    assert not db.session.scalars(select(PersonalToken)).all()


def test_an_open_session_alone_makes_no_token(page: Page, owner):
    mine = page.as_(owner)
    let_proof_age(owner)
    there = mine.get(NEW, 303).location
    assert there == "/me/proof?next=/me/tokens/new"
    mine.post(NEW, WANTED, 303)
    assert not rows(owner)
    mine.get(there, 200).form("/me/proof/code").submit(status=303)
    code = codes_sent(owner.phone, "prove")[-1]
    assert mine.get(there, 200).form("/me/proof").fill(code=code).submit(status=303).location == NEW
    form = mine.get(NEW, 200).form(NEW).fill(**WANTED)
    with ahead(minutes=9):
        form.submit(status=303)
    assert len(rows(owner)) == 1, "a form that was opened in time"
    with ahead(minutes=11):
        assert "/me/proof" in mine.post(NEW, WANTED, 303).location
    with ahead(minutes=11), pytest.raises(Forbidden):
        personal.make_token(owner, "Watch", ["runs:read"], 7)


def test_without_scopes_or_with_a_strange_one_nothing_is_made(page: Page, owner):
    mine = page.as_(owner)
    refused = mine.get(NEW).form(NEW).fill(**WANTED | {"scopes": []}).submit(status=422)
    assert "Choose at least one." in refused.words
    mine.post(NEW, WANTED | {"scopes": "all"}, 422)
    mine.post(NEW, WANTED | {"days": "3650"}, 422)
    mine.post(NEW, WANTED | {"name": ""}, 422)
    assert not rows(owner)


def test_its_person_hears_of_it_by_sms_and_in_the_app(page: Page, owner):
    page.as_(owner).get(NEW).form(NEW).fill(**WANTED).submit(status=303)
    notice = db.session.scalars(select(Notification).where(Notification.type == "token_made")).one()
    assert notice.person_id == owner.id
    sms = db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "token_made")).all()
    assert [message.recipient for message in sms if message.kind == "sms"] == [owner.phone]
    assert "A token for a program was made" in page.as_(owner).get("/notifications").words


def test_a_token_ends_by_itself(owner):
    text = personal.generate_text()
    make_personal_token(owner, text, expires_at=clock.now() + timedelta(minutes=1))
    assert queries.bearer_of(text) is not None
    with ahead(minutes=2):
        assert queries.bearer_of(text) is None and not queries.tokens_of(owner)
    with ahead(days=32):
        prune()
    assert not rows(owner)


def test_so_many_tokens_at_once(page: Page, owner):
    for _token in range(MOST_TOKENS):
        make_personal_token(owner)
    refused = page.as_(owner).get(NEW).form(NEW).fill(**WANTED).submit(status=422)
    assert f"{MOST_TOKENS} tokens at once" in refused.words


def test_scanners_tell_a_token_by_its_prefix_and_checksum():
    text = personal.generate_text()
    body, check = text.removeprefix(PREFIX)[:-6], text[-6:]
    assert len(body) == 32 and check == personal.checksum(body)
    assert personal.checksum("A" * 32) != personal.checksum("B" * 32)


def test_its_use_is_recorded_to_some_minutes(owner):
    token = make_personal_token(owner)
    personal.record_use(token.id)
    db.session.refresh(token)
    first = token.last_used_at
    with ahead(minutes=1):
        personal.record_use(token.id)
        db.session.refresh(token)
        assert token.last_used_at == first
    with ahead(minutes=6):
        personal.record_use(token.id)
        db.session.refresh(token)
        assert token.last_used_at is not None and first is not None and token.last_used_at > first


def test_tokens_are_exported_without_their_text_and_erased(owner):
    token = make_personal_token(owner)
    (row,) = exported(owner)
    assert row["name"] == "Watch" and token.token_hash not in str(row)
    erase(owner)
    assert not rows(owner)


def test_the_pages_speak_persian(page: Page, owner):
    make_personal_token(owner)
    owner.locale = "fa"
    answer = page.as_(owner).get(LIST, 200)
    assert "توکن برای اپ‌ها" in answer.words and "قرارها" in answer.words
    assert "چه کارهایی بتواند بکند؟" in page.as_(owner).get(NEW, 200).words
