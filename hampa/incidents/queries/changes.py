"""When something was done about a report last, and how often."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from hampa.incidents.models import Incident, IncidentAlert, IncidentEntry


def change_columns() -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    """Return when something was added to a report, or done about it, last, and how often, in a join with its alert."""
    of_report = IncidentEntry.incident_id == Incident.id
    last = select(func.max(IncidentEntry.created_at)).where(of_report).correlate(Incident).scalar_subquery()
    count = select(func.count()).where(of_report).correlate(Incident).scalar_subquery()
    return (
        func.greatest(Incident.created_at, last, IncidentAlert.updated_at).label("updated_at"),
        (1 + count + func.coalesce(IncidentAlert.version, 0)).label("version"),
    )
