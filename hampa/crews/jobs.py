"""Jobs of crews: deleting closed ones and old links, and what operators decide about reports."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from hampa.crews.actions import crews, operating
from hampa.crews.queries import reporting
from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job


@job("crews.delete_closed", every=timedelta(hours=1))
def delete_closed() -> None:
    """Delete crews that were closed long enough ago, and links that are long over."""
    crews.delete_closed_crews()
    db.session.commit()


def _enqueued(what: str) -> Callable[[uuid.UUID], object]:
    return lambda subject_id: enqueue("crews.decide_reported", what=what, subject_id=subject_id)


@subject("crew", remove=_enqueued("close"), hide=_enqueued("hide"), show=_enqueued("show"))
def crew_snapshot(person: Person, crew_id: uuid.UUID) -> SubjectSnapshot:
    """Return a crew as a person sees it; its admin of the longest standing answers for it."""
    crew, admin_id = reporting.crew_to_report(person, crew_id)
    texts = {"description": crew.description, "guide": crew.guide, "agreement": crew.agreement}
    return SubjectSnapshot(admin_id, crew.name, f"/crews/{crew.id}", texts)


@subject("crew_notice", remove=_enqueued("notice"))
def notice_snapshot(person: Person, notice_id: uuid.UUID) -> SubjectSnapshot:
    """Return a notice as a member sees it."""
    notice, crew, author_id = reporting.notice_to_report(person, notice_id)
    return SubjectSnapshot(author_id, crew.name, f"/crews/{crew.id}", {"text": notice.text})


@subject("crew_picture", remove=_enqueued("picture"))
def picture_snapshot(person: Person, picture_id: uuid.UUID) -> SubjectSnapshot:
    """Return the picture of a crew as a person sees it; whoever sent it answers for it."""
    crew, sender_id = reporting.picture_to_report(person, picture_id)
    return SubjectSnapshot(sender_id, crew.name, f"/crews/{crew.id}", {"picture": str(picture_id)})


DECISIONS: dict[str, Callable[[uuid.UUID], None]] = {
    "close": operating.close_reported_crew,
    "hide": operating.hide_reported_crew,
    "show": operating.show_reported_crew,
    "notice": operating.delete_reported_notice,
    "picture": operating.delete_reported_picture,
}


@job("crews.decide_reported")
def decide_reported(what: str, subject_id: uuid.UUID) -> None:
    """Do what an operator decided about a crew, a notice or a picture."""
    DECISIONS[what](subject_id)
    db.session.commit()
