"""Pages of boards: the board itself, which needs no sign-in, and what coordinators do with its link."""

import uuid

from flask import Blueprint, Response, request, url_for

from hampa.boards import actions, queries
from hampa.duties.models import shifts_versions
from hampa.duties.queries.schedules import owner_coordinated, owners_coordinated
from hampa.people.models import PEOPLE
from hampa.platform import clock
from hampa.platform.api.limits import count_of_address
from hampa.platform.config import settings
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import shared_part
from hampa.platform.web.ui import canonical

blueprint = Blueprint("boards", __name__)
slots.fill(blueprint, "duties.coordinating", "boards/way.html")


@blueprint.get("/board/<board_token>")
@public
def show(board_token: str) -> Response:
    """Show who is on duty now, who is next, and who is missing; the page refreshes itself."""
    count_of_address("boards", settings().board_visitor_limit)
    board = queries.board_by_token(board_token)
    now = clock.now().replace(second=0, microsecond=0)  # shifts begin and end with a minute
    shown = shared_part(
        "boards/board.html",
        [*shifts_versions([board]), PEOPLE],
        (board.key, now),
        lambda: {"board": board, "view": queries.view_of(board, now), "now": now},
    )
    answer = pages.render("boards/show.html", "board", board=board, shown=shown, board_token=board_token)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/duties/boards")
@signed_in
def index() -> Response:
    """List the boards of the crews and series whose duties the viewer coordinates."""
    rows = queries.boards_of(owners_coordinated(me()))
    links = {board.id: canonical(_path(queries.token_of(board))) for _owner, board in rows if board is not None}
    answer = pages.render("boards/index.html", rows=rows, links=links)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/duties/boards")
@signed_in
def make() -> Response:
    """Make the board of a crew or a series."""
    owner = owner_coordinated(me(), crew_id=_posted_id("crew"), series_id=_posted_id("series"))
    with attempt(done=_("The board is there. Whoever has its link sees it.")):
        actions.make_board(me(), owner)
    return pages.redirect(url_for("boards.index"))


@blueprint.post("/duties/boards/<uuid:board_id>/link")
@signed_in
def renew(board_id: uuid.UUID) -> Response:
    """Give a board a new link."""
    with attempt(done=_("The board has a new link. The old one shows nothing any more.")):
        actions.renew_board(me(), board_id)
    return pages.redirect(url_for("boards.index"))


@blueprint.post("/duties/boards/<uuid:board_id>/end")
@signed_in
def end(board_id: uuid.UUID) -> Response:
    """End a board."""
    with attempt(done=_("The board is gone.")):
        actions.end_board(me(), board_id)
    return pages.redirect(url_for("boards.index"))


def _path(token: str) -> str:
    return url_for("boards.show", board_token=token)


def _posted_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.form.get(name, ""))
    except ValueError:
        return None
