"""One-tap links from messages, which work without signing in."""

from flask import Blueprint, Response, request, url_for

from hampa.one_tap.actions import perform_tap
from hampa.one_tap.forms import TapForm
from hampa.one_tap.queries import JOIN, LEAVE, OFFER, Tap, tap_of
from hampa.people.actions import set_name
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public
from hampa.platform.web.ui import Button
from hampa.questions.forms import has_unanswered
from hampa.runs.admission import closed_reason, removed_reason
from hampa.runs.models.participation import WANTS_TO_GO

blueprint = Blueprint("one_tap", __name__)

NAMED = ("join", "offer", "still_in")
"""The questions whose yes shows the person's name to others."""


@blueprint.route("/go/<token>", methods=["GET", "POST"])
@public
def one_tap(token: str) -> Response:
    """Show what a one-tap link does, and do it on POST.

    A GET changes nothing: programs fetch links before people do.
    """
    tap = tap_of(token)
    with i18n.use_locale_of(tap.person):
        asks_name = tap.person.is_new and tap.question in NAMED and request.form.get("answer") != "no"
        form = TapForm(asks_name=asks_name)
        if form.validate_on_submit():
            # A refused answer is committed too: the offer may have gone to the next.
            with attempt(form, keep=True):
                if form.name:
                    set_name(tap.person, form.name)
                perform_tap(tap, form.answer.data == "yes")
            if not form.errors:
                return pages.redirect(url_for("one_tap.one_tap", token=token))
        return one_tap_page(tap, form)


def one_tap_page(tap: Tap, form: TapForm) -> Response:
    """Render what the link does, what it has done, or why it does nothing any more (410)."""
    closed = closed_reason(tap.run)
    errors = [text for name, texts in form.errors.items() if name != "own_name" for text in texts]
    response = pages.render(
        "one_tap/one_tap.html",
        "tap",
        status=410 if closed else 422 if form.errors else 200,
        first_name=tap.first_name,
        run=tap.run,
        closed=closed,
        refused=errors,
        topic="closed" if closed else tap.topic,
        text="" if closed else _text(tap),
        buttons=() if closed else _buttons(tap),
        form=form,
        asks_name=form.asks_name and not closed,
        unanswered=not closed
        and tap.participation.status in WANTS_TO_GO
        and has_unanswered(tap.run.questions, tap.participation.answers),
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _text(tap: Tap) -> str:
    texts = {
        "still_in": _("Without an answer your place stays yours. If you can't come, it goes to somebody else."),
        "confirmed": _("Thanks for saying so: the organisers see it."),
        "join": _("Your place is taken as soon as you tap, if there is one; else you wait in the queue."),
        "leave_place": _("Your place is free for somebody else then. No hard feelings if you say so in time."),
        "leave": _("You give up your place in this run. If you come back, you join the end of the queue."),
        "removed": removed_reason(tap.participation),
        "left": _("Thanks for saying so: your place is free for somebody else. Changed your mind?"),
    }
    if tap.topic == "offer" and tap.participation.offer_ends_at:
        until = dates.when(tap.participation.offer_ends_at, tap.run.timezone)
        return _("It is held for you until %(when)s. Then it goes to the next in line.", when=until)
    return texts.get(tap.topic, "")


def _buttons(tap: Tap) -> tuple[Button, ...]:
    def button(label: str, purpose: str, answer: str = "yes", kind: str = "dawn", icon: str | None = None) -> Button:
        path = url_for("one_tap.one_tap", token=tap.link_for(purpose))
        return Button(label, path, kind, icon, fields={"answer": answer})

    cannot_come = button(_("I can't come"), tap.purpose, "no", "quiet")
    leave = button(_("Leave the run"), LEAVE, kind="stop")
    buttons = {
        "still_in": (button(_("Yes, I'm coming"), tap.purpose, icon="check"), cannot_come),
        "confirmed": (cannot_come,),
        "offer": (button(_("Take it"), OFFER, icon="check"), button(_("Pass"), OFFER, "no", "quiet")),
        "join": (button(_("I'm in"), tap.purpose),),
        "leave_place": (leave,),
        "leave": (leave,),
        "removed": (button(_("Ask to join"), JOIN, kind="quiet"),),
        "left": (button(_("I'm in after all"), JOIN, kind="quiet"),),
    }
    return buttons.get(tap.topic, ())
