"""Pages for developers: the component gallery, delivered messages, signing in as a demo person."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.datastructures import MultiDict

from hampa.auth.actions import sessions
from hampa.dev import queries
from hampa.dev.forms import SampleForm
from hampa.people import queries as people
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.errors import Conflict, Forbidden, NotFound
from hampa.platform.locale import phone as numbers
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.payments import sandbox as payments
from hampa.platform.security.ip_addresses import is_loopback
from hampa.platform.web import assets, pages, session, slots
from hampa.platform.web.permissions import public
from hampa.platform.web.ui import Button

blueprint = Blueprint("dev", __name__)

ICONS_AND_STATE = 4
"""The buttons of the bar of somebody who goes: three icons and their state."""


@blueprint.before_app_request
def serve_this_machine() -> None:
    """Raise Forbidden for others in development, however the site was started: they would read everybody's codes."""
    if settings().development and not is_loopback(request.remote_addr):
        raise Forbidden(
            _(
                "Development serves its own machine alone. Set %(setting)s to serve others.",
                setting="HAMPA_ENV=production",
            )
        )


@blueprint.get("/dev/ui")
@public
def gallery() -> Response:
    """Show every component in all its states."""
    wrong: MultiDict[str, Any] = MultiDict(
        {"title": "a", "phone": "12", "code": "12a", "starts_on": "1403/13/40", "pace": "0:30", "terrain": "sea"}
    )
    refused = SampleForm(formdata=wrong, prefix="")
    refused.validate()
    refused.refuse(Conflict(_("This summary was changed meanwhile. Look at it again, then save once more.")))
    return pages.render(
        "dev/ui.html",
        form=SampleForm(formdata=None, days=["tue", "thu"], starts_on=clock.now().date(), tell=True),
        refused=refused,
        people=queries.sample_people(),
        runs=queries.sample_runs(),
        bars=sample_bars(),
        cards=queries.sample_cards(),
        now=clock.now(),
        icons=sorted(path.stem for path in assets.STATIC.glob("img/icons/*.svg")),
        three=3,
        pace=340,
    )


def sample_bars() -> list[Any]:
    """Return the bar of a run's page in all its states, also with the buttons of attendance."""
    viewer, link = queries.SampleViewer(), url_for("dev.gallery")
    bars = [
        bar
        for one in queries.sample_bars()
        for bar in slots.collect(
            "run.bar",
            run=one.run,
            admission=one.admission,
            viewer=viewer if one.signed_in else None,
            organises=one.organises,
            arrived=one.arrived,
            short_link=link,
        )
    ]
    code, place = (
        Button(_("Show my code"), link, "icon", "qr"),
        Button(_("How to get there"), link, "icon", "navigation"),
    )
    going = next(bar for bar in bars if len(bar.buttons) == ICONS_AND_STATE)
    attendance = Button(_("Who is here?"), link, "dawn", "check")
    return [*bars, replace(going, buttons=(code, place, going.buttons[-1])), replace(bars[0], buttons=(attendance,))]


@blueprint.get("/dev/outbox")
@public
def outbox() -> Response:
    """List the messages of the console gateways, the newest first: `?to=` for one recipient, `?format=json` as JSON."""
    to = _recipient(request.args.get("to", ""))
    deliveries = console.deliveries(to)
    if request.args.get("format") != "json":
        return pages.render("dev/outbox.html", deliveries=deliveries, to=to)
    return jsonify(
        messages=[
            {
                "id": str(delivery.id),
                "kind": delivery.kind,
                "purpose": delivery.purpose,
                "to": delivery.recipient,
                "text": delivery.text,
                "created_at": delivery.created_at.isoformat(),
            }
            for delivery in deliveries
        ]
    )


def _recipient(text: str) -> str | None:
    """Return a number or address as it is stored; the `+` of a number in a URL arrives as a space or is left out."""
    if "@" in text:
        return text.strip()
    digits = text.strip().lstrip("+")
    return f"+{digits}" if digits else None


@blueprint.get("/dev/as/<phone>")
@public
def become(phone: str) -> Response:
    """Sign in as a demo person and go to `next`; raise NotFound for anybody else."""
    try:
        number = numbers.parse(phone, settings().phone_region)
    except numbers.PhoneError:
        raise NotFound from None
    person = people.by_phone(number)
    if person is None or not person.is_demo:
        raise NotFound
    sessions.open_session(person, address=request.remote_addr or "", agent=request.user_agent.string, method="code")
    db.session.commit()
    session.enter(person)
    return pages.redirect(pages.safe_next(request.args.get("next"), "/"))


@blueprint.route("/dev/pay/<charge_id>", methods=["GET", "POST"])
@public
def sandbox(charge_id: str) -> Response:
    """Show the sandbox's page for a charge, on which one pays, fails, or goes away."""
    charge = payments.charge_of(charge_id)
    if charge is None:
        raise NotFound
    if request.method == "POST":
        act = request.form.get("act", "")
        if act in payments.ACTS and charge["state"] == payments.OPEN:
            payments.keep(charge_id, {**charge, **payments.ACTS[act]})
        if act == payments.VANISH:
            return pages.redirect(url_for("dev.sandbox", charge_id=charge_id))
        return pages.redirect(charge["return_url"])
    return pages.render("dev/pay.html", charge=charge, is_open=charge["state"] == payments.OPEN)
