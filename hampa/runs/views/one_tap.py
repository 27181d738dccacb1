"""Links from messages: one tap, without signing in."""

from __future__ import annotations

from flask import Response, url_for

from hampa.platform import i18n
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public
from hampa.runs.actions.one_tap import follow_tap
from hampa.runs.forms.one_tap import AnswerForm
from hampa.runs.queries import one_tap as taps, runs
from hampa.runs.queries.one_tap import Tap
from hampa.runs.views.blueprint import blueprint


@blueprint.route("/go/<token>", methods=["GET", "POST"])
@public
def one_tap(token: str) -> Response:
    """Show who got this link what it does, and do it when they say so.

    A GET changes nothing: programs fetch links before people do.
    """
    tap = taps.tap_of(token)
    with i18n.speaking_to(tap.person):
        form = AnswerForm()
        if form.validate_on_submit():
            # What the look under the lock found is kept: an offer may have gone to the next.
            with attempt(form, keep=True):
                follow_tap(tap, form.answer.data == "yes")
            if not form.errors:
                return pages.redirect(url_for("runs.one_tap", token=token))
        return one_tap_page(tap, form)


def one_tap_page(tap: Tap, form: AnswerForm) -> Response:
    """The page behind a link: what it would do, what it has done, or why it does nothing any more (410)."""
    closed = runs.why_closed(tap.run)
    refused = [text for texts in form.errors.values() for text in texts]
    answer = pages.render(
        "runs/one_tap.html",
        "tap",
        status=410 if closed else 422 if refused else 200,
        tap=tap,
        run=tap.run,
        closed=closed,
        refused=refused,
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
