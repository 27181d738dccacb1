"""The page of a run."""

import uuid
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, url_for

from hampa.cards.queries import listing as cards
from hampa.joining.forms import JoinForm
from hampa.joining.queries.pages import people_of_page, run_seen, waiting_companions
from hampa.joining.views.bar import bar_of
from hampa.joining.views.blueprint import blueprint
from hampa.joining.views.intents import JOINED, LEFT_IT, PASSED, just_done
from hampa.joining.views.joined import joined_of
from hampa.platform.live import register_topic
from hampa.platform.web import pages, slots, tiles
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.questions.forms import AnswersForm, has_unanswered
from hampa.runs.admission import closed_reason
from hampa.runs.models.participation import GOING, INTERESTED
from hampa.runs.models.run import Run
from hampa.runs.queries import people, runs

register_topic("run", runs.run_for, "runs:read")


@blueprint.get("/runs/<uuid:run_id>")
@public
@tiles.shown_with("data-map-line")
@cache_for_anonymous(runs.LISTING)
def show(run_id: uuid.UUID) -> Response:
    """Show a run and what the viewer may do about it."""
    return run_page(run_id)


@blueprint.get("/r/<code>")
@public
def short(code: str) -> Response:
    """Redirect from the short link of a run, which SMS have, to its page."""
    return back_to(runs.run_by_code(me(), code).id)


def back_to(run_id: uuid.UUID) -> Response:
    """Redirect to the run."""
    return pages.redirect(url_for("runs.show", run_id=run_id))


def run_page(run_id: uuid.UUID, form: JoinForm | None = None, status: int = 200) -> Response:
    """Render the page of a run, or for htmx the part of it that changes when somebody joins."""
    viewer = me()
    seen = run_seen(viewer, run_id)
    run, admission = seen.run, seen.admission
    team, going = people_of_page(viewer, seen)
    agreed = [one for one in team if one.agreed]
    organises = viewer is not None and any(one.id == viewer.id for one in agreed)
    participation = admission.participation if admission.wants_to_go else None
    arrived = bool(admission.goes and slots.collect("run.arrived", run=run, viewer=viewer))
    short_link = canonical(url_for("runs.short", code=run.short_code))
    done = just_done(run_id) if viewer and status == HTTPStatus.OK else ""
    return pages.render(
        "joining/show.html",
        "live",
        status=status,
        run=run,
        crew=seen.crew,
        admission=admission,
        closed=closed_reason(run),
        arrived=arrived,
        clash=seen.clash if admission.actions else None,
        paces=seen.groups,
        names=tuple(one.name for one in agreed) if agreed and agreed[0].owner else (),
        team=tuple((one, slots.slot("run.organiser", organiser=one)) for one in agreed),
        going=tuple(face for face in going if all(face.id != one.id for one in agreed)),
        invited=any(not one.agreed for one in team),
        organises=organises,
        deletable=run.cancelled_at is not None or run.involved <= (participation.seats if participation else 0),
        participation=participation,
        joined=joined_of(run, admission, seen.groups, organises=organises) if done == JOINED else None,
        passed=done == PASSED and admission.participation_status == INTERESTED,
        left=done == LEFT_IT and not admission.wants_to_go,
        asked=AnswersForm.of(run.questions, participation.answers) if participation and run.questions else None,
        unanswered=participation is not None and has_unanswered(run.questions, participation.answers),
        late=admission.participation_status == GOING and people.may_be_late(run) and not arrived,
        own_cards=cards.titles_of_cards(viewer.id) if participation else [],
        waiting_companions=waiting_companions(viewer, run) if admission.waits else [],
        form=form or (JoinForm.of(participation) if participation else None),
        bar=bar_of(
            run,
            admission,
            viewer=viewer,
            organises=organises,
            arrived=arrived,
            short_link=short_link,
            asks_more=bool(run.questions) or any(not group.full for group in seen.groups),
        ),
        map_link=map_link(run),
        short_link=short_link,
    )


def map_link(run: Run) -> str:
    """Return the address of a map of the meeting point."""
    if run.latitude is None:
        return "https://www.openstreetmap.org/search?" + urlencode({"query": run.place})
    marker = {"mlat": run.latitude, "mlon": run.longitude}
    return f"https://www.openstreetmap.org/?{urlencode(marker)}#map=17/{run.latitude}/{run.longitude}"
