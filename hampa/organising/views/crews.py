"""The crews in which a run may be published, on its form; taking a run out of a crew; the runs of one that closes."""

import uuid
from typing import Any

from flask import Response, flash, request, url_for

from hampa.crews.models import Crew
from hampa.crews.queries.crews import crews_to_publish_in, may, membership_of, names_known_to
from hampa.organising.actions import crews as actions
from hampa.organising.forms.new_run import NewRunForm
from hampa.organising.forms.run import RunForm
from hampa.organising.queries.crews import count_upcoming
from hampa.organising.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import closed_reason
from hampa.runs.models.run import CREW, Run


def offer_crews(form: RunForm, run: Run | None) -> None:
    """Offer the crews in which the person may publish, and the one that the run belongs to."""
    crews = crews_to_publish_in(me())
    if run is not None and run.crew_id is not None and all(run.crew_id != crew_id for crew_id, _name in crews):
        names = names_known_to(me(), [run.crew_id])
        crews.append((run.crew_id, names.get(run.crew_id) or _("The crew that it belongs to")))
    form.offer_crews(crews)


def preset_crew(form: NewRunForm) -> None:
    """Choose the crew that `?crew=` names, whose members alone see the run unless its organiser says otherwise."""
    crew_id = request.args.get("crew", type=uuid.UUID)
    if request.method == "GET" and crew_id is not None:
        form.crew.data, form.visibility.data = str(crew_id), CREW


@blueprint.post("/crews/<uuid:crew_id>/runs/<uuid:run_id>/out")
@signed_in
def take_out_of_crew(crew_id: uuid.UUID, run_id: uuid.UUID) -> Response:
    """Take a run out of a crew; it stays with its organiser."""
    with attempt():
        actions.take_out_run(me(), crew_id, run_id)
    flash(_("The run is out of the crew. We'll tell its organiser and everybody taking part."))
    return pages.redirect(url_for("run_lists.of_crew", crew_id=crew_id))


def crew_of_run(run: Run, organises: bool) -> dict[str, Any] | None:
    """Return the crew of a run to who may take the run of others out of it, None for others."""
    if run.crew_id is None or organises or me() is None or closed_reason(run):
        return None
    membership = membership_of(me(), run.crew_id)
    if membership is None or not membership.is_active or not may(membership, "remove"):
        return None
    return {"crew": membership.crew}


def runs_to_come(crew: Crew) -> int:
    """Return how many runs of a crew have not begun, for the page that closes it."""
    return count_upcoming(crew.id)


slots.fill(blueprint, "run.crew", "organising/out_of_crew.html", crew_of_run)
slots.contribute(blueprint, "crew.closing", runs_to_come)
