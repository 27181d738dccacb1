"""What plans allow, and what becomes of subscriptions in time, by people and by operators."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hampa.audit.models import AuditEntry
from hampa.cards.actions import show_interest
from hampa.cards.models import Interest
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.subscriptions import jobs
from hampa.subscriptions.models import (
    ACTIVE,
    CANCELED,
    EXPIRED,
    PAST_DUE,
    PAYMENT_REFUNDED,
    REFUNDING,
    SubscriptionChange,
    SubscriptionPlan,
)
from hampa.subscriptions.queries.allowances import allowance
from tests.auth.signing_in import ahead
from tests.factories.cards import make_card, make_companions
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.subscriptions import make_free_plan, make_paid, make_plan, make_subscription
from tests.page import Page
from tests.subscriptions.conftest import HOME, begin, do, payments_of, subscription_of

LIMITS = {"cards_in_full": 1, "pending_interests": 1, "own_cards": 1, "sms_a_month": 1}


def told(person: Person) -> list[str]:
    db.session.expire_all()
    rows = select(Notification.type).where(Notification.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notification.created_at, Notification.id)))


def test_a_plan_bites_where_it_says_and_shows_the_way(
    page: Page, owner: Person, stranger: Person, companion: Person, operator: Person, program
):
    make_free_plan(**LIMITS)
    old = make_card(owner, title="By the quince tree", place="Chitgar")
    known = make_card(companion, title="Reza's mornings", place="Darband", days=["mon"])
    make_companions(stranger, companion)
    newest = make_card(make_person(name="Nima Newest"), title="The newest one")
    for viewer in (None, stranger):
        browser = page.as_(viewer)
        listed = browser.get("/cards?sort=newest", 200).words
        assert "Chitgar" in listed and "The newest one" in listed
        assert "quince" not in listed and owner.name not in listed
        shown = browser.get(f"/cards/{old.id}", 200)
        assert "quince" not in shown.text and owner.name not in shown.text and HOME in shown.links
        for found in (browser.get("/cards?q=quince", 200), browser.get("/search?q=quince&type=cards", 200)):
            assert f"/cards/{old.id}" not in found.text, "what was searched by words would say whose card it is"
        assert "Nima Newest" in browser.get(f"/cards/{newest.id}").words
    for words in (
        page.get(f"/login?act=card_interest:{old.id}").text,
        page.as_(stranger).get(f"/report/card/{old.id}").text,
    ):
        assert "quince" not in words and owner.name not in words, (
            "neither who signs in for it nor who reports it reads more"
        )
    mina = page.as_(stranger)
    assert "Reza's mornings" in mina.get(f"/cards/{known.id}").words, "companions see each other in full"
    assert mina.get(f"/cards/{old.id}/interest").location == f"/cards/{old.id}"
    assert mina.post(f"/cards/{old.id}/interest", {}).status == 303
    assert db.session.scalar(select(Interest.id).where(Interest.card_id == old.id)) is None
    asks = program.as_(stranger)
    assert asks.get(f"/cards/{old.id}").status == 403
    veiled = next(card for card in asks.get("/cards").json["data"] if card["id"] == str(old.id))
    assert (veiled["veiled"], veiled["owner"], veiled["title"]) == (True, None, "")
    owner.profile_visibility = "everyone"
    db.session.commit()
    theirs = mina.get(f"/people/{owner.id}", 200)
    assert "quince" not in theirs.words and f"/cards/{old.id}" not in theirs.text and "No cards yet" not in theirs.words
    assert asks.get(f"/people/{owner.id}").json["data"]["cards"] == [], "listed there it would say whose card it is"
    met = make_run()
    take_part(met, owner, card_id=old.id)
    for address in (f"/runs/{met.id}", f"/runs/{met.id}/participants"):
        theirs = mina.get(address, 200)
        assert owner.name in theirs.words and f"/cards/{old.id}" not in theirs.text, address
    listed = asks.get(f"/runs/{met.id}/participants").json["data"]
    assert [(one["name"], one["card_id"]) for one in listed] == [(owner.name, None)]
    shown = page.as_(db.session.get_one(Person, met.organiser_id)).get(f"/runs/{met.id}/participants", 200)
    assert "quince" in shown.words, "it was shown to the organiser"
    for viewer in (owner, operator):
        assert "quince" in page.as_(viewer).get(f"/cards/{old.id}").words
        assert "quince" in page.as_(viewer).get(f"/people/{owner.id}").words
    # Requests that wait, and cards of one's own.
    show_interest(stranger, newest)
    newer = make_card(make_person(), title="Newer still")
    refused = mina.post(f"/cards/{newer.id}/interest", {}, 422)
    assert "your plan has no room" in refused.words and HOME in refused.links
    make_card(stranger)
    fields = {"title": "Evenings", "place": "Park", "days": "tue", "time_of_day": "dawn", "distance_km": "8"}
    refused = mina.post("/cards/new", fields | {"pace": "5:30", "level": "regular"}, 422)
    assert "Your plan has room for 1 card" in refused.words and HOME in refused.links
    # SMS to people in one's run: the message goes without.
    run = make_run(stranger)
    for _one in range(2):
        take_part(run)
    draft = {"text": "Bring a lamp", "statuses": "GOING", "by_sms": "y"}
    bill = mina.post(f"/runs/{run.id}/message", draft, 303).location
    refused = mina.post(bill, {}, 422)
    assert "2 SMS" in refused.words and HOME in refused.links
    # With a subscription all of it goes, and what was paid for is kept when the plan gives less.
    plan = make_plan("month")
    make_subscription(stranger, plan)
    plan.own_cards = 1
    assert allowance(stranger, "own_cards") is None
    assert "quince" in mina.get("/cards?sort=newest").words + mina.get(f"/cards/{old.id}").words
    assert mina.post("/cards/new", fields | {"pace": "5:30", "level": "regular"}).status == 303
    assert mina.post(bill, {}).status == 303
    assert "no limit" in mina.get(HOME).words


def test_nothing_is_there_while_it_is_off(page: Page, owner: Person, operator: Person, app):
    make_free_plan(**LIMITS)
    before = app.extensions["hampa.settings"]
    app.extensions["hampa.settings"] = before.model_copy(update={"subscriptions": False})
    try:
        assert page.as_(owner).get(HOME).status == page.as_(operator).get("/admin/subscriptions").status == 404
        assert HOME not in page.as_(owner).get("/me").links and allowance(owner, "own_cards") is None
        assert "/admin/subscriptions" not in page.as_(operator).get("/admin/queues").links
    finally:
        app.extensions["hampa.settings"] = before


def test_time_goes_on_and_is_told_once(page: Page, owner: Person, companion: Person):
    plan = make_plan()
    mine = make_subscription(owner, plan, ends_at=clock.now() + timedelta(days=6))
    cancelled = make_subscription(companion, plan, ends_at=clock.now() + timedelta(days=6))
    reza = page.as_(companion)
    assert "keep it until then" in reza.get(f"{HOME}/cancel").words
    reza.post(f"{HOME}/cancel", {}, 303)
    reza.post(f"{HOME}/cancel", {}, 303)
    assert "It is yours until" in reza.get(HOME).words
    seen = []
    for days in (0, 0, 5.5, 5.6, 6.1, 6.2, 9.1, 9.2):
        with ahead(days=days):
            jobs.move_on()
            seen.append((subscription_of(owner).state, subscription_of(companion).state))
    assert seen[0] == (ACTIVE, CANCELED) == seen[3]
    assert seen[4:] == [(PAST_DUE, EXPIRED)] * 2 + [(EXPIRED, EXPIRED)] * 2
    ends = ["subscription_ends", "subscription_ends", "subscription_late", "subscription_ended"]
    assert told(owner) == ends and told(companion) == ["subscription_ended"]
    history = select(SubscriptionChange.change).where(SubscriptionChange.subscription_id == mine.id)
    assert list(db.session.scalars(history.order_by(SubscriptionChange.created_at))) == ["started", "late", "ended"]
    history = select(SubscriptionChange.change).where(SubscriptionChange.subscription_id == cancelled.id)
    assert list(db.session.scalars(history)) == ["started", "cancelled", "ended"]
    assert reza.post(f"{HOME}/resume", {}).status == 409


def test_operators_give_extend_and_give_back(page: Page, owner: Person, stranger: Person, operator: Person, work):
    omid, mina = page.as_(operator), page.as_(stranger)
    new = omid.get("/admin/subscriptions/plans/new").form()
    plan = {
        "code": "season",
        "name_fa": "فصلی",
        "name_en": "A season",
        "price": "9.90",
        "currency": "EUR",
        "months": "3",
    }
    assert "small Latin" in new.fill(**plan | {"code": "Über"}).submit().error_of("code")
    assert "amount" in new.fill(**plan | {"price": "9.999"}).submit().error_of("price")
    assert new.fill(**plan, own_cards="4").submit().status == 303
    made = db.session.scalars(select(SubscriptionPlan).where(SubscriptionPlan.code == "season")).one()
    assert (made.price, made.own_cards, made.sms_a_month) == (990, 4, None)
    gift = {"phone": stranger.phone, "plan": str(made.id), "months": "", "reason": "She marshals"}
    assert "Nobody" in omid.post("/admin/subscriptions/give", gift | {"phone": "09129999999"}, 422).words
    omid.post("/admin/subscriptions/give", gift, 303)
    assert subscription_of(stranger).ends_at is None and "Without an end" in mina.get(HOME).words
    assert "nothing to pay" in mina.get(f"{HOME}/buy/season").words
    assert mina.get(f"{HOME}/buy/season").form().submit().status == 422
    mina.post(f"{HOME}/cancel", {}, 303)
    assert subscription_of(stranger).state == EXPIRED and subscription_of(stranger).ends_at is not None
    # Extended, given back with the time that it paid for, and both are in the history and in the audit log.
    month = make_plan("month")
    held = make_subscription(owner, month)
    paid = make_paid(owner, month, subscription_id=held.id, granted_seconds=30 * 86_400)
    address, ends_at = f"/admin/subscriptions/{held.id}", held.ends_at
    omid.get(address, 200).form(f"{address}/extend").fill(days="20", reason="Lost days").submit().follow()
    assert subscription_of(owner).ends_at == ends_at + timedelta(days=20)
    back = f"/admin/subscriptions/payments/{paid.id}"
    omid.get(back, 200).form(back).fill(reason="Asked for it").submit().follow()
    db.session.expire_all()
    assert paid.state == REFUNDING and subscription_of(owner).ends_at == ends_at - timedelta(days=10)
    work()
    db.session.expire_all()
    assert paid.state == PAYMENT_REFUNDED and {"subscription_given", "payment_refunded"} <= set(told(owner))
    assert "Lost days" in omid.get(address).words and "Asked for it" in omid.get(back).words
    log = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.created_at, AuditEntry.id)))
    assert log == ["plans.made", "subscriptions.given", "subscriptions.extended", "subscriptions.refunded"]
    read = omid.speaking("fa").get("/admin/audit").words
    assert "season" in read and "[hidden]" not in read
    assert f"{ends_at:%Y-%m-}" not in read, "days are in the calendar of the reader"
    for path in (address, back, "/admin/subscriptions", "/admin/subscriptions/plans"):
        assert page.as_(owner).get(path).status == 404
    assert owner.name in omid.get("/admin/subscriptions?words=Sara").words
    assert owner.name not in omid.get("/admin/subscriptions?state=EXPIRED").words
    omid.post(f"/admin/subscriptions/plans/{made.id}/delete", {}, 303)
    assert db.session.get(SubscriptionPlan, made.id) is not None, "somebody has had it"
    omid.post(f"/admin/subscriptions/plans/{made.id}/retire", {"on": "no"}, 303)
    assert mina.get(f"{HOME}/buy/season").status == 404


def test_a_gift_of_a_month_is_worth_a_month_and_a_refund_takes_what_was_paid_for(
    page: Page, owner: Person, stranger: Person, operator: Person
):
    month, year = make_plan("month"), make_plan("year", price=9_900_000, months=12)
    dear = make_plan("dear", price=month.price * 10)
    gift = {"phone": owner.phone, "plan": str(year.id), "months": "1", "reason": "She marshals"}
    page.as_(operator).post("/admin/subscriptions/give", gift, 303)
    do(begin(page.as_(owner), "month"), "pay")
    # A month of the year is worth ten twelfths of a month.
    assert timedelta(days=50) < subscription_of(owner).ends_at - clock.now() < timedelta(days=63)
    mina = page.as_(stranger)
    do(begin(mina, "year"), "pay")
    do(begin(mina, "dear"), "pay")
    ends_at, paid = subscription_of(stranger).ends_at, payments_of(stranger)[-1]
    assert subscription_of(stranger).plan_id == dear.id
    back = f"/admin/subscriptions/payments/{paid.id}"
    page.as_(operator).get(back, 200).form(back).fill(reason="Asked for it").submit().follow()
    assert timedelta(days=27) < ends_at - subscription_of(stranger).ends_at < timedelta(days=32)
