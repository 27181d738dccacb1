"""What was tapped without network and is sent now: each request names itself, and is done once."""

import uuid

from flask import Response, current_app, g, jsonify, request

from hampa.offline.views.blueprint import blueprint
from hampa.offline.views.pages import SESSION_HEADER
from hampa.platform import submissions
from hampa.platform.db import db
from hampa.platform.web import session
from hampa.platform.web.blanks import csrf_token
from hampa.platform.web.csrf import SAFE_METHODS
from hampa.platform.web.hooks import for_forms, for_pages
from hampa.platform.web.offline import ONCE_HEADER
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me

LONGEST = 64
_current_g = g._get_current_object
DONE, REFUSED = 204, 422


@blueprint.get("/offline/state")
@public
def state() -> Response:
    """Answer with the mark of the session and a token for what is sent now; both empty for a visitor."""
    person = me()
    answer = jsonify({"session": session.mark(), "csrf_token": csrf_token() if person else ""})
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.before_app_request
@for_forms
@for_pages
def claim_once() -> Response | None:
    """Claim a request that names itself, in the transaction of its view; answer at once when it has been done.

    Of two at the same time the second waits for the first.
    """
    name = request.headers.get(ONCE_HEADER, "")
    view = current_app.view_functions.get(request.endpoint or "")
    if not name or request.method in SAFE_METHODS or not hasattr(view, "kept_offline"):
        return None
    person = me()
    if person is None or len(name) > LONGEST:
        return Response(status=REFUSED)
    submission_id = uuid.uuid5(person.id, f"offline {name}")
    if not submissions.claim(submission_id):
        db.session.rollback()
        return Response(status=DONE)
    g.kept_submission = submission_id
    return None


@blueprint.after_app_request
@for_pages
def say_whether_done(answer: Response) -> Response:
    """Replace the page, which nobody sees, by whether the request was done; failures that pass stay as they are."""
    submission_id = _current_g().pop("kept_submission", None)
    if submission_id is None or answer.status_code >= 500 or answer.status_code == 429:
        return answer
    db.session.rollback()
    short = Response(status=DONE if submissions.is_done(submission_id) else REFUSED)
    short.headers[SESSION_HEADER] = session.mark()
    for value in answer.headers.getlist("Set-Cookie"):
        short.headers.add("Set-Cookie", value)
    return short
