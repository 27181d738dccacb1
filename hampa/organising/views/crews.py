"""The crews in which a run may be published, on its form."""

import uuid

from flask import request

from hampa.crews.queries.crews import crews_to_publish_in, names_known_to
from hampa.organising.forms.new_run import NewRunForm
from hampa.organising.forms.run import RunForm
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.session import me
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
