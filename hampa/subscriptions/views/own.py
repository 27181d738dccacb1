"""The pages of one's own subscription: what one has, buying, coming back from the gateway, receipts."""

import uuid

from flask import Response, flash, request, url_for

from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.payments.base import Charge, GatewayDown, GatewayRefused
from hampa.platform.payments.gateways import payment_gateway
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.subscriptions.actions import buying, holding
from hampa.subscriptions.actions.granting import refusal
from hampa.subscriptions.models import GATEWAY_DOWN, GATEWAY_REFUSED, NEW, OPEN, UNPAID, Payment
from hampa.subscriptions.queries import allowances, payments, plans, subscriptions
from hampa.subscriptions.views.blueprint import blueprint


@blueprint.get("/subscription")
@signed_in
def overview() -> Response:
    """Show what the person has, until when, what it gives, the plans, and their payments."""
    current = subscriptions.running_subscription(me().id)
    plan = subscriptions.plan_of(current) if current else plans.free_plan()
    free = plan.allowances if plan else allowances.EVERYTHING
    return pages.render(
        "subscriptions/overview.html",
        "paid",
        current=current,
        plan=plan,
        allowed=allowances.allowances_of(me()) if current else free,
        sold=[(plan, refusal(current, plan)) for plan in plans.sold_plans()],
        paid=payments.payments_of(me(), request.args.get("after")),
        everything=me().is_operator,
    )


@blueprint.route("/subscription/cancel", methods=["GET", "POST"])
@signed_in
def cancel() -> Response:
    """Ask for confirmation, then cancel."""
    current = subscriptions.running_subscription(me().id)
    if request.method != "POST":
        if current is None:
            return pages.redirect(url_for("subscriptions.overview"))
        return pages.render("subscriptions/cancel.html", current=current, plan=subscriptions.plan_of(current))
    holding.cancel(me())
    db.session.commit()
    flash(_("Cancelled. What you paid for stays yours until its end."))
    return pages.redirect(url_for("subscriptions.overview"))


@blueprint.post("/subscription/resume")
@signed_in
def resume() -> Response:
    """Take a cancellation back."""
    holding.resume(me())
    db.session.commit()
    flash(_("It goes on. We remind you before it ends."))
    return pages.redirect(url_for("subscriptions.overview"))


@blueprint.route("/subscription/buy/<plan_code>", methods=["GET", "POST"])
@signed_in
def buy(plan_code: str) -> Response:
    """Show what is bought, then lead to the gateway."""
    plan, form = plans.sold_plan(plan_code), OnceForm()
    if form.validate_on_submit():
        with attempt(form):
            payment_id = form.once(me(), lambda: buying.start_payment(me(), plan_code).id)
        if not form.errors and _open_checkout(payment_id, plan.name):
            return pages.redirect(url_for("subscriptions.pay", payment_id=payment_id))
        plan = plans.sold_plan(plan_code)
        if not form.errors:
            return _buying_page(plan, form, 503)
    return _buying_page(plan, form, form.http_status)


def _buying_page(plan: plans.SubscriptionPlan, form: Form, status: int) -> Response:
    current = subscriptions.running_subscription(me().id)
    return pages.render(
        "subscriptions/buy.html",
        status=status,
        plan=plan,
        form=form,
        current=current,
        refused=refusal(current, plan),
        gateway=payment_gateway().name,
        is_down=status == 503,
    )


def _open_checkout(payment_id: uuid.UUID, words: str) -> bool:
    """Have the gateway take a payment on, unless it has; return whether it did. No connection is held meanwhile."""
    payment = payments.payment_of(me(), payment_id)
    if payment.state != NEW:
        return payment.state == OPEN
    address = canonical(url_for("subscriptions.back", payment_id=payment_id))
    charge = Charge(payment.id, payment.amount, payment.currency, _("Hampa: %(plan)s", plan=words), address)
    db.session.commit()
    try:
        checkout = payment_gateway().start(charge)
    except (GatewayDown, GatewayRefused) as reason:
        why = GATEWAY_REFUSED if isinstance(reason, GatewayRefused) else GATEWAY_DOWN
        buying.note_failed_start(payment_id, why)
        db.session.commit()
        return False
    buying.note_checkout(payment_id, checkout)
    db.session.commit()
    return True


@blueprint.get("/subscription/payments/<uuid:payment_id>/pay")
@signed_in
def pay(payment_id: uuid.UUID) -> Response:
    """Lead on to the gateway: by a page of ours, since a form may lead to our own pages alone."""
    payment = payments.payment_of(me(), payment_id)
    if payment.state != OPEN:
        return pages.redirect(url_for("subscriptions.payment", payment_id=payment_id))
    return pages.render("subscriptions/pay.html", payment=payment)


@blueprint.get("/subscription/return/<uuid:payment_id>")
@public
def back(payment_id: uuid.UUID) -> Response:
    """Ask the gateway about a payment whose person comes back, whatever the address says, and show how it stands.

    People come back in another browser, too, in which they are not signed in: they read nothing about the payment.
    """
    payment = payments.payment_by_id(payment_id)
    if payment.state in UNPAID and payment.gateway_id and payment.gateway == payment_gateway().name:
        _ask_about(payment)
    viewer, payment = me(), payments.payment_by_id(payment_id)
    if viewer is not None and viewer.id == payment.person_id:
        return pages.redirect(url_for("subscriptions.payment", payment_id=payment_id))
    return pages.render("subscriptions/back.html", payment_id=payment_id)


def _ask_about(payment: Payment) -> None:
    """Ask the gateway, and settle the payment; leave it to the worker when there is no quick answer."""
    payment_id, gateway_id = payment.id, payment.gateway_id or ""
    amount, currency = payment.amount, payment.currency
    try:
        buying.limit_questions(payment)
    except TooFast:
        db.session.rollback()
        return
    db.session.commit()
    try:
        verdict = payment_gateway().verify(gateway_id, amount, currency)
    except GatewayDown:
        buying.check_soon(payment_id)
    else:
        buying.settle(payment_id, verdict)
    db.session.commit()


@blueprint.get("/subscription/payments/<uuid:payment_id>")
@signed_in
def payment(payment_id: uuid.UUID) -> Response:
    """Show how a payment stands; a paid one as a receipt to be printed."""
    shown = payments.payment_of(me(), payment_id)
    return pages.render(
        "subscriptions/payment.html",
        payment=shown,
        again=next((plan.code for plan in plans.sold_plans() if plan.id == shown.plan_id), None),
        current=subscriptions.running_subscription(me().id),
    )
