"""The opening of a stream of events, and the bell and toasts that pages ask for when they hear of a notification."""

import re

from flask import Blueprint, Response, request, url_for

from hampa.live import queries
from hampa.platform.api.codes import Unauthorized
from hampa.platform.api.tokens import require, take_bearer
from hampa.platform.errors import Forbidden
from hampa.platform.live.topics import OPENING, Subscription, allowed_topics, groups_of
from hampa.platform.web import pages
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("live", __name__)

EVENT_STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
SCOPE = "notifications:read"
"""What a token needs for a stream; each topic has a scope of its own."""
WORD = re.compile(r"/?[a-z]{0,20}")
"""What the layout calls a place of the navigation."""


@blueprint.get("/live")
@public
def stream() -> Response:
    """Say what the stream of this person gets; the ASGI shell sends it, and without the shell there is none.

    A script asks, which has no use for a page to sign in on: a visitor gets 401. So does a program, whose token counts
    alone where it sends one; the stream ends with its session, or with its personal token.
    """
    opening = request.environ.get(OPENING)
    is_program = request.headers.get("Authorization", "").lower().startswith("bearer ")
    try:
        token = take_bearer() if is_program else None
        require(SCOPE if is_program else None)
    except (Unauthorized, Forbidden) as refusal:
        return Response(status=refusal.status, headers={"WWW-Authenticate": "Bearer"})
    person = token.person if token is not None else me()
    if person is None:
        return Response(status=401)
    has_scope = token.allows if token is not None else None
    if opening is None or request.method != "GET":
        return Response(status=204)  # an `EventSource` takes it for the end
    opening.subscription = Subscription(
        person_id=str(person.id),
        session_id=str(person.session_id if token is None else token.session_id or token.token_id),
        topics=allowed_topics(person, request.args.get("topics", ""), has_scope),
        hidden=frozenset(map(str, queries.hidden_ids(person))),
        groups=groups_of(person, has_scope),
        shown=person.shows_online,
        after=request.headers.get("Last-Event-ID") or request.args.get("after", ""),
    )
    return Response(headers=EVENT_STREAM)


@blueprint.get("/live/news")
@signed_in
def news() -> Response:
    """Answer htmx with the bells as they are now, and a toast for each of the latest notifications."""
    if not pages.wants_fragment():
        return pages.redirect(url_for("notifications.index"))
    section, here = (text if WORD.fullmatch(text := request.args.get(name, "")) else "" for name in ("section", "here"))
    # Who reads the notifications sees a new one there.
    toasts = queries.latest_notices(me()) if here != url_for("notifications.index") else []
    return pages.render("live/news.html", section=section, here=here, toasts=toasts)
