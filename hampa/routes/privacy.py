"""Export and erasure of the routes of a person's runs."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.routes.actions import delete_route
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run

privacy_registry.holds(RunRoute.added_by_id, noun="routes", fate="empty")


@privacy_registry.exports("routes", _l("Routes that you added, or of runs that you organise; the files lie beside"))
def export_routes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the routes; lengths are metres."""
    columns = privacy_registry.columns(RunRoute, "run_id created_at updated_at cut distance_m climb_m descent_m")
    query = select(*columns).join(Run, Run.id == RunRoute.run_id).where(_is_of(person))
    return privacy_registry.rows_in_order(query, RunRoute)


@privacy_registry.exports_files
def export_files(person: Person) -> Iterator[Attachment]:
    """Yield the GPX file of each route."""
    query = select(RunRoute.run_id, RunRoute.gpx).join(Run, Run.id == RunRoute.run_id).order_by(RunRoute.run_id)
    for route in privacy_registry.rows(query.where(_is_of(person), RunRoute.gpx.is_not(None))):
        yield Attachment(f"routes/{route['run_id']}.gpx", route["gpx"])


@privacy_registry.erases
def erase_routes(person: Person) -> None:
    """Delete the routes of the person's runs and those that they added: many begin at a front door."""
    routes = select(RunRoute).join(Run, Run.id == RunRoute.run_id).where(_is_of(person))
    for route in db.session.scalars(routes):
        delete_route(route)
    db.session.flush()


def _is_of(person: Person) -> ColumnElement[bool]:
    """Return a condition: the person added the route, or organises its run."""
    return or_(Run.organiser_id == person.id, RunRoute.added_by_id == person.id)
