"""The blueprint of the pages of sign-in, and the record of visits."""

from flask import Blueprint, Response, g, session as cookie

from hampa.auth.actions import sessions
from hampa.platform.api.tokens import bearer
from hampa.platform.db import db

blueprint = Blueprint("auth", __name__)
_current_g = g._get_current_object


@blueprint.after_app_request
def record_visit(answer: Response) -> Response:
    """Record every few minutes that the person is active, and renew their cookie."""
    person = _current_g().get("_login_user")
    if answer.status_code < 500 and person is not None and person.is_authenticated and sessions.is_visit_due(person):
        if person in db.session:
            db.session.expunge(person)  # otherwise the person is read anew after each of the two
        db.session.rollback()  # what a refused request left behind is not to be saved by this
        sessions.record_visit(person)
        db.session.commit()
        if bearer() is None:
            cookie.modified = True
    return answer
