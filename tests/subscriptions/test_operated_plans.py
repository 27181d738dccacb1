"""Plans of all shapes, as operators list, change, retire and delete them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hampa.audit.models import AuditEntry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.subscriptions.models import ALLOWANCES, MOST_MONTHS, SubscriptionPlan
from tests.factories.subscriptions import make_free_plan, make_plan, make_subscription
from tests.page import Page

PLANS = "/admin/subscriptions/plans"
SHAPES: list[dict[str, Any]] = [
    {},
    {"price": 1, "currency": "IRR"},
    {"price": 999, "currency": "EUR", "months": 12},
    {"price": 10**15, "currency": "USD", "months": MOST_MONTHS},
    {"name_fa": "۱۰۰٪ <b>", "name_en": "100% {{ x }} %(y)s <b>"},
    dict.fromkeys(ALLOWANCES, 0),
    dict.fromkeys(ALLOWANCES, 5_000),
]


def test_plans_of_all_shapes_are_listed(page: Page, owner: Person, operator: Person):
    omid = page.as_(operator)
    assert "No plans yet" in omid.get(PLANS, 200).words
    free = make_free_plan()
    made = [make_plan(**shape) for shape in SHAPES] + [make_plan(retired_at=free.created_at)]
    make_subscription(owner, made[0])
    for locale in ("en", "fa"):
        operator.locale = locale
        db.session.commit()
        listed = omid.get(PLANS, 200)
        for plan in (free, *made):
            assert f"{PLANS}/{plan.id}" in listed.links
            omid.get(f"{PLANS}/{plan.id}", 200)
    assert "100% {{ x }} %(y)s <b>" not in listed.text


def test_what_becomes_of_a_plan_is_in_the_audit_log(page: Page, operator: Person):
    omid, plan = page.as_(operator), make_plan()
    address = f"{PLANS}/{plan.id}"
    form = omid.get(address, 200).form(address)
    for price in ("1E999999", "1E99999999", "-1", "NaN", "none", "0"):
        assert "amount" in form.fill(price=price, currency="EUR").submit(status=422).error_of("price")
    for name in ("Four weeks", "Four weeks"):
        form.fill(name_en=name, price="9.90").submit(status=303)
    for on in ("no", "no", "yes", "no"):
        omid.post(f"{address}/retire", {"on": on}, 303)
    omid.post(f"{address}/delete", {}, 303)
    assert not db.session.scalars(select(SubscriptionPlan)).all()
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.created_at, AuditEntry.id)))
    assert actions == ["plans.changed", "plans.retired", "plans.sold", "plans.retired", "plans.deleted"]
    assert "Four weeks" in omid.get("/admin/audit", 200).words
    assert omid.post(f"{address}/delete", {}).status == 404
