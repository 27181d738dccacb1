"""Pages on which operators look after plans, subscriptions and payments."""

import uuid

from flask import Response, request, url_for

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.payments.gateways import payment_gateway
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.paging import count_rows
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me
from hampa.subscriptions.actions import operating
from hampa.subscriptions.forms import ExtendForm, GiveForm, PaymentFilters, PlanForm, RefundForm, SubscriptionFilters
from hampa.subscriptions.models import PAID, TO_REFUND
from hampa.subscriptions.queries import payments, plans, subscriptions
from hampa.subscriptions.views.blueprint import blueprint


@blueprint.get("/admin/subscriptions")
@operator_only
def operate() -> Response:
    """List subscriptions, the newest first, as the filters say."""
    form = SubscriptionFilters()
    rows = subscriptions.subscriptions_page(form.filters(), request.args.get("after"))
    return pages.render(
        "subscriptions/admin/list.html", "rows", form=form, rows=rows, to_refund=count_rows(payments.to_refund())
    )


@blueprint.get("/admin/subscriptions/payments")
@operator_only
def operate_payments() -> Response:
    """List payments, the newest first."""
    form = PaymentFilters()
    rows = payments.payments_page(form.chosen().get("state", ""), request.args.get("after"))
    return pages.render("subscriptions/admin/payments.html", "rows", form=form, rows=rows)


@blueprint.get("/admin/subscriptions/<uuid:subscription_id>")
@operator_only
def operate_one(subscription_id: uuid.UUID) -> Response:
    """Show a subscription with its history and its payments."""
    return _one_page(subscription_id, ExtendForm(formdata=None))


def _one_page(subscription_id: uuid.UUID, form: ExtendForm) -> Response:
    subscription = subscriptions.subscription_by_id(subscription_id)
    return pages.render(
        "subscriptions/admin/one.html",
        status=form.http_status,
        subscription=subscription,
        holder=subscriptions.holder_of(subscription),
        plan=subscriptions.plan_of(subscription),
        changes=subscriptions.changes_of(subscription),
        payments=payments.payments_for(subscription),
        form=form,
    )


@blueprint.post("/admin/subscriptions/<uuid:subscription_id>/extend")
@operator_only
def extend(subscription_id: uuid.UUID) -> Response:
    """Add days to a subscription."""
    form = ExtendForm()
    if form.validate():
        values = (subscription_id, form.days.data, form.reason.data)
        with attempt(form, done=_("Extended, and written into the history.")):
            form.once(me(), lambda: operating.extend(me(), *values).id)
    if form.errors:
        return _one_page(subscription_id, form)
    return pages.redirect(url_for("subscriptions.operate_one", subscription_id=subscription_id))


@blueprint.route("/admin/subscriptions/give", methods=["GET", "POST"])
@operator_only
def give() -> Response:
    """Give somebody a subscription."""
    form = GiveForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Given. We'll tell them.")):
            plan = plans.plan_by_id(uuid.UUID(form.plan.data))
            values = (form.phone.data, plan, form.months.data, form.reason.data)
            given_id = form.once(me(), lambda: operating.give(me(), *values).id)
        if not form.errors:
            return pages.redirect(url_for("subscriptions.operate_one", subscription_id=given_id))
    return pages.render("subscriptions/admin/give.html", status=form.http_status, form=form)


@blueprint.route("/admin/subscriptions/payments/<uuid:payment_id>", methods=["GET", "POST"])
@operator_only
def refund(payment_id: uuid.UUID) -> Response:
    """Show a payment, and give it back."""
    form = RefundForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Recorded. We'll tell them when the money is on its way back.")):
            values = {"reason": form.reason.data, "ends": form.ends.data}
            form.once(me(), lambda: operating.refund(me(), payment_id, **values).id)
        if not form.errors:
            return pages.redirect(url_for("subscriptions.refund", payment_id=payment_id))
    payment = payments.payment_by_id(payment_id)
    gateway = payment_gateway()
    return pages.render(
        "subscriptions/admin/payment.html",
        status=form.http_status,
        payment=payment,
        payer=payments.payer_of(payment),
        form=form,
        can_refund=payment.state in (PAID, TO_REFUND),
        by_gateway=payment.state == PAID and gateway.name == payment.gateway and gateway.gives_back,
    )


@blueprint.get("/admin/subscriptions/plans")
@operator_only
def operate_plans() -> Response:
    """List the plans."""
    rows = plans.all_plans()
    running = plans.count_running([plan.id for plan in rows])
    return pages.render("subscriptions/admin/plans.html", plans=rows, running=running)


@blueprint.route("/admin/subscriptions/plans/new", methods=["GET", "POST"])
@operator_only
def new_plan() -> Response:
    """Create a plan."""
    form = PlanForm()
    if form.validate_on_submit():
        with attempt(form, done=_("The plan is on sale from now on.")):
            form.once(me(), lambda: operating.create_plan(me(), **form.fields()).id)
        if not form.errors:
            return pages.redirect(url_for("subscriptions.operate_plans"))
    return pages.render("subscriptions/admin/plan.html", status=form.http_status, form=form, plan=None)


@blueprint.route("/admin/subscriptions/plans/<uuid:subscription_plan_id>", methods=["GET", "POST"])
@operator_only
def edit_plan(subscription_plan_id: uuid.UUID) -> Response:
    """Change a plan."""
    plan = plans.plan_by_id(subscription_plan_id)
    form = PlanForm(plan)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            operating.change_plan(me(), plan, **form.fields())
        if not form.errors:
            return pages.redirect(url_for("subscriptions.operate_plans"))
    return pages.render("subscriptions/admin/plan.html", status=form.http_status, form=form, plan=plan)


@blueprint.post("/admin/subscriptions/plans/<uuid:subscription_plan_id>/retire")
@operator_only
def retire_plan(subscription_plan_id: uuid.UUID) -> Response:
    """Sell a plan no more, or again."""
    plan = plans.plan_by_id(subscription_plan_id)
    with attempt():
        if request.form.get("on") == "yes":
            operating.sell_again(me(), plan)
        else:
            operating.retire_plan(me(), plan)
    return pages.redirect(url_for("subscriptions.operate_plans"))


@blueprint.post("/admin/subscriptions/plans/<uuid:subscription_plan_id>/delete")
@operator_only
def delete_plan(subscription_plan_id: uuid.UUID) -> Response:
    """Delete a plan that nobody ever had."""
    with attempt(done=_("Deleted.")):
        operating.delete_plan(me(), plans.plan_by_id(subscription_plan_id))
    return pages.redirect(url_for("subscriptions.operate_plans"))
