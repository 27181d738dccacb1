"""Webhooks: made in settings or by a program, signed, told of one's own runs alone, and switched off when they fail."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hampa.comments.actions import add_comment
from hampa.joining.actions import join_run, leave_run
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Block, Person
from hampa.people.privacy_registry import erase
from hampa.plans.actions import cancel_run, change_run, plan_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.base import Answer
from hampa.platform.delivery.call_gateway import CallGateway
from hampa.platform.delivery.posting import Poster
from hampa.platform.delivery.signed_calls import SignedCall, new_secret, signature
from hampa.platform.jobs import Job
from hampa.webhooks.actions import webhooks as actions
from hampa.webhooks.models import FAILS_FOR, MOST_WEBHOOKS, Webhook
from hampa.webhooks.privacy import webhooks as exported
from tests.auth.signing_in import ahead
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.webhooks import make_webhook
from tests.page import Answer as PageAnswer, Page
from tests.personas import Setting
from tests.program import Program
from tests.push_server import PushServer, Received, Reply

LIST, NEW = "/me/webhooks", "/me/webhooks/new"
URL = "https://runs.example/hook"
SECRET = new_secret()


def rows(person: Person) -> list[Webhook]:
    db.session.expire_all()
    return list(db.session.scalars(select(Webhook).where(Webhook.person_id == person.id)))


def calls() -> list[OutboxMessage]:
    db.session.expire_all()
    query = select(OutboxMessage).where(OutboxMessage.kind == "webhook")
    return list(db.session.scalars(query.order_by(OutboxMessage.created_at, OutboxMessage.id)))


def shown(answer: PageAnswer) -> str:
    found = [field for field in answer.all("input") if field.get("id") == "new-secret"]
    return str(found[0].get("value")) if found else ""


def verified(received: Received, secret: str = SECRET) -> Any:
    """Return the body, if a signature of the call is by the secret, as the specification says."""
    body, head = received.body.decode(), received.headers
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.{body}".encode()
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert expected in head["webhook-signature"].split(" ")
    return json.loads(body)


def told(receiver: PushServer, work) -> list[Any]:
    """Return the bodies of the calls that have come since the last time."""
    work()
    bodies = [verified(received) for received in receiver.received]
    receiver.received.clear()
    return bodies


def hook(owner: Person, receiver: PushServer, **given: Any) -> Webhook:
    return make_webhook(owner, SECRET, **({"url": f"{receiver.url}/hook"} | given))


def test_the_signature_is_that_of_the_specification():
    secret, message_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = signature(secret, message_id, 1614265330, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("viewer", ["stranger", "companion", "owner", "operator"])
def test_a_webhook_is_made_its_secret_shown_once_and_ended(page: Page, setting: Setting, viewer):
    person = setting.viewer(viewer)
    reader = page.as_(person)
    made = reader.get(NEW, 200).form(NEW).fill(url=URL, events=["run.changed"]).submit(status=303)
    (row,) = rows(person)
    path = f"{LIST}/{row.id}"
    assert made.location == path
    answer = made.follow()
    secret = shown(answer)
    assert secret.startswith("whsec_") and answer.response.headers["Cache-Control"] == "no-store"
    assert secret.encode() not in row.secret
    again = reader.get(path, 200)
    assert not shown(again) and URL in again.words and "A run of mine changes" in again.words
    for other in {"stranger", "companion", "owner", "operator"} - {viewer}:
        theirs = page.as_(setting.viewer(other))
        theirs.get(path, 404)
        for act in ("test", "secret", "switch", "end", "edit"):
            theirs.post(f"{path}/{act}", {}, 404)
        assert URL not in theirs.get(LIST, 200).words
    reader.htmx.get(path)
    again.form(f"{path}/secret").submit(status=303)
    assert shown(reader.get(path)).startswith("whsec_")
    again.form(f"{path}/end").submit(status=303)
    assert not rows(person)
    assert "/login" in page.get(LIST, 303).location


@pytest.mark.parametrize(
    "url",
    ["", "runs.example", "http://runs.example/", "https://runs.example:8443/", "https://a:b@runs.example/", "ftp://x/"],
)
def test_other_addresses_are_refused_beside_the_field(page: Page, owner, url):
    page.as_(owner).get(NEW).form(NEW).fill(url=url).submit(status=422).error_of("url")
    assert not rows(owner)


def test_so_many_webhooks(page: Page, owner):
    for _hook in range(MOST_WEBHOOKS):
        make_webhook(owner)
    assert f"{MOST_WEBHOOKS} webhooks" in page.as_(owner).get(NEW).form(NEW).fill(url=URL).submit(status=422).words


def test_it_hears_what_happens_in_runs_of_its_person(receiver: PushServer, owner, companion, work):
    hook(owner, receiver)
    run = make_run(owner, title="Around the lake", capacity=10)
    work()
    receiver.received.clear()
    join_run(companion, run.id)
    (joined,) = told(receiver, work)
    assert joined["type"] == "participant.changed"
    assert joined["data"]["status"] == "GOING" and joined["data"]["person_id"] == str(companion.id)
    assert joined["data"]["run"]["title"] == "Around the lake" and joined["data"]["run"]["going"] == 1
    comment = add_comment(companion, run.id, "I bring tea")
    (commented,) = told(receiver, work)
    assert (commented["type"], commented["data"]["comment_id"]) == ("comment.added", str(comment.id))
    assert "tea" not in json.dumps(commented), "words of people are not sent"
    leave_run(companion, run.id)
    (left,) = told(receiver, work)
    assert (left["data"]["status"], left["data"]["before"]) == ("LEFT", "GOING")
    plan = plan_of(run)
    change_run(owner, run.id, type(plan)(**{**vars(plan), "title": "Around the park"}), run.sequence)
    (changed,) = told(receiver, work)
    assert (changed["type"], changed["data"]["changes"]) == ("run.changed", ["title"])
    cancel_run(owner, run.id)
    (cancelled,) = told(receiver, work)
    assert cancelled["type"] == "run.cancelled"


def test_a_free_place_that_is_given_is_told(receiver: PushServer, owner, companion, stranger, work):
    hook(owner, receiver)
    run = make_run(owner, capacity=2)
    for person in (make_person(), companion, stranger):
        join_run(person, run.id)
    told(receiver, work)
    leave_run(companion, run.id)
    changes = [(one["data"]["person_id"], one["data"]["status"]) for one in told(receiver, work)]
    assert sorted(changes) == sorted([(str(companion.id), "LEFT"), (str(stranger.id), "GOING")])


def test_it_hears_of_nothing_else(receiver: PushServer, owner, companion, stranger, work):
    hook(companion, receiver)
    hook(owner, receiver, events=["comment.added"])
    off = hook(owner, receiver)
    actions.switch_off(off)
    join_run(stranger, make_run(owner).id)
    assert told(receiver, work) == []


def test_where_nobody_listens_nothing_is_enqueued(owner, companion, work):
    join_run(companion, make_run(owner).id)
    assert "webhooks.call" not in set(db.session.scalars(select(Job.name)))


def test_who_is_hidden_from_the_owner_by_then_is_not_named(receiver: PushServer, owner, companion, work):
    hook(owner, receiver)
    run = make_run(owner)
    told(receiver, work)
    join_run(companion, run.id)
    db.session.add(Block(blocker_id=companion.id, blocked_id=owner.id))
    assert told(receiver, work) == []
    assert calls()[-1].status == "cancelled"


def test_a_call_that_failed_is_the_same_when_it_is_tried_again(receiver: PushServer, owner, companion, work):
    webhook = hook(owner, receiver)
    join_run(companion, make_run(owner).id)
    receiver.answer = lambda _request: Reply(503)
    work()
    first = receiver.received[-1]
    db.session.refresh(webhook)
    assert webhook.failing_since is not None and webhook.is_on
    receiver.answer = lambda _request: Reply(204)
    with ahead(minutes=2):
        for call in calls():
            call.next_attempt_at = clock.now() - timedelta(minutes=5)
        work()
        again = receiver.received[-1]
        verified(again)
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert int(again.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 100
    db.session.refresh(webhook)
    assert webhook.failing_since is None and webhook.delivered_at is not None


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_every_other_answer_is_a_failure_that_may_pass(receiver: PushServer, status):
    receiver.answer = lambda _request: Reply(status, {"Location": f"{receiver.url}/elsewhere"})
    reports: list[tuple[str, bool, bool]] = []
    gateway = CallGateway(lambda *report: reports.append(report), Poster("a webhook", local=True))
    assert gateway.send(a_call(receiver.url)).answer is Answer.RETRY
    assert reports == [("hook", False, False)] and len(receiver.received) == 1, "a redirect is not followed"
    gateway.close()


def a_call(url: str) -> SignedCall:
    return SignedCall("hook", url, "{}", [SECRET], "webhook.test", "id")


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "100.64.0.1"]
)
def test_a_name_that_leads_inside_is_not_called(address):
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", address]

    gateway = CallGateway(lambda *_report: None, Poster("a webhook", resolver=resolver))
    outcome = gateway.send(a_call(URL))
    assert (outcome.answer, outcome.error) == (Answer.REFUSED, "no public address") and asked == ["runs.example"]
    assert gateway.send(a_call(f"https://{address}/")).answer is Answer.REFUSED
    gateway.close()


def test_one_that_fails_for_days_is_switched_off_with_a_notice(page: Page, owner):
    webhook = make_webhook(owner, failing_since=clock.now() - FAILS_FOR + timedelta(minutes=1))
    actions.note_call(webhook.id, was_taken=False, is_gone=False)
    db.session.refresh(webhook)
    assert webhook.is_on
    with ahead(minutes=2):
        actions.note_call(webhook.id, was_taken=False, is_gone=False)
        actions.note_call(webhook.id, was_taken=False, is_gone=False)
    db.session.refresh(webhook)
    assert not webhook.is_on
    assert (
        db.session.scalars(select(Notification).where(Notification.type == "webhook_off")).one().person_id == owner.id
    )
    mine = page.as_(owner)
    assert "We could not reach one of your webhooks" in mine.get("/notifications").words
    path = f"{LIST}/{webhook.id}"
    assert "switched off" in mine.get(path).words
    mine.get(path).form(f"{path}/switch").submit(status=303)
    db.session.refresh(webhook)
    assert webhook.is_on and webhook.failing_since is None


def test_one_that_wants_no_more_is_switched_off_at_once(receiver: PushServer, owner, companion, work):
    webhook = hook(owner, receiver)
    receiver.answer = lambda _request: Reply(410)
    join_run(companion, make_run(owner).id)
    work()
    db.session.refresh(webhook)
    assert not webhook.is_on


def test_after_a_new_secret_both_sign_for_a_day(receiver: PushServer, page: Page, owner, work):
    webhook = hook(owner, receiver)
    new = actions.renew_secret(webhook)
    path = f"{LIST}/{webhook.id}"
    page.as_(owner).get(path).form(f"{path}/test").submit(status=303)
    work()
    assert verified(receiver.received[-1], new)["type"] == "webhook.test"
    verified(receiver.received[-1], SECRET)
    with ahead(days=2):
        page.as_(owner).post(f"{path}/test", {}, 303)
        work()
        assert len(receiver.received[-1].headers["webhook-signature"].split()) == 1
    listed = page.as_(owner).get(path)
    assert "webhook.test" in listed.words and "taken" in listed.words


def test_an_attempt_at_many_tests_is_slowed_down(page: Page, owner):
    webhook = make_webhook(owner)
    mine = page.as_(owner)
    for _test in range(21):
        mine.post(f"{LIST}/{webhook.id}/test", {}, 303)
    assert len(calls()) == 20
    assert "many tests" in mine.get(f"{LIST}/{webhook.id}").words


def test_it_is_exported_without_its_secret_and_erased_with_its_calls(receiver: PushServer, owner, work):
    hook(owner, receiver)
    make_run(owner)
    (row,) = exported(owner)
    assert row["url"].startswith("http") and "secret" not in row
    join_run(make_person(), make_run(owner).id)
    work()
    assert calls()
    erase(owner)
    assert not rows(owner) and not calls()


def test_a_program_makes_tests_changes_and_ends_one(program: Program, owner, companion):
    inside = program.as_(owner, "webhooks:read", "webhooks:write")
    assert "url" in inside.post("/me/webhooks", {"url": "http://plain.example/"}, 422).details
    made = inside.post("/me/webhooks", {"url": URL, "events": ["run.changed"]}, 201)
    path = f"/me/webhooks/{made.data['id']}"
    assert made.data["secret"].startswith("whsec_") and made.headers["Location"] == f"/api/v1{path}"
    (listed,) = inside.get("/me/webhooks", 200).data
    assert "secret" not in listed and listed["events"] == ["run.changed"]
    assert inside.post(f"{path}/test", status=200).data["status"] == "pending"
    (call,) = inside.get(f"{path}/calls?limit=1", 200).data
    assert call["event"] == "webhook.test"
    etag = inside.get(path).headers["ETag"]
    changed = inside.patch(path, {"events": ["comment.added"]}, 200, headers={"If-Match": etag}).data
    assert (changed["events"], changed["url"]) == (["comment.added"], URL)
    inside.patch(path, {"is_on": False}, 412, headers={"If-Match": etag})
    assert inside.patch(path, {"is_on": False}, 200).data["is_on"] is False
    assert inside.post(f"{path}/secret", status=200).data["secret"] != made.data["secret"]
    program.as_(companion).get(path, 404)
    program.as_(owner, "me:read").get(path, 403)
    inside.delete(path, 204)
    inside.get(path, 404)


def test_the_pages_speak_persian(page: Page, owner):
    webhook = make_webhook(owner)
    owner.locale = "fa"
    mine = page.as_(owner)
    assert "وب‌هوک‌ها" in mine.get(LIST).words
    assert "آزمایشی بفرست" in mine.get(f"{LIST}/{webhook.id}").words
    assert "از چه خبردار شود؟" in mine.get(NEW).words
