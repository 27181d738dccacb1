"""What becomes of the runs of a person who is erased: what others were part of stays, without the person's words and files."""

from __future__ import annotations

from sqlalchemy import delete, exists, or_, select, update

from hampa.people import ledger
from hampa.people.models.person import Person
from hampa.platform import storage
from hampa.platform.db import db
from hampa.platform.text import GONE
from hampa.runs.actions.notices import touch_listing
from hampa.runs.actions.pictures import forget_files
from hampa.runs.actions.sharing import posters
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.message import RunMessage
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import LEFT, Participation
from hampa.runs.models.picture import RunPicture
from hampa.runs.models.route import RunRoute
from hampa.runs.models.run import Run
from hampa.runs.models.series import Series


@ledger.forgets
def forget_runs(person: Person) -> None:
    """Files, notes and drafts go, and runs that nobody else was part of."""
    forget_pictures(person)
    forget_routes(person)
    delete_runs_of_nobody_else(person)
    unname_runs(person)
    unname_parts(person)
    drafts = delete(RunMessage).where(RunMessage.sender_id == person.id, RunMessage.sent_at.is_(None))
    db.session.execute(drafts.execution_options(synchronize_session=False))
    touch_listing()


def forget_pictures(person: Person) -> None:
    """The files of what the person gave; the rows go with all that names them."""
    for picture in db.session.scalars(select(RunPicture).where(RunPicture.person_id == person.id)):
        storage.forget(picture.folder)
        if picture.upload:
            storage.forget(picture.upload)


def forget_routes(person: Person) -> None:
    """A route begins at somebody's door more often than not."""
    own = select(RunRoute).join(Run, Run.id == RunRoute.run_id).where(Run.organiser_id == person.id)
    for route in db.session.scalars(own):
        for name in (route.upload, route.gpx):
            if name:
                storage.forget(name)
        db.session.delete(route)
    db.session.flush()


def delete_runs_of_nobody_else(person: Person) -> None:
    """Runs without another participant or organiser, and series that are left without a run."""
    others = or_(
        exists().where(Participation.run_id == Run.id, Participation.person_id != person.id),
        exists().where(RunOrganiser.run_id == Run.id, RunOrganiser.person_id != person.id),
    )
    alone = db.session.execute(select(Run.id, Run.short_code).where(Run.organiser_id == person.id, ~others)).all()
    for run_id, short_code in alone:
        forget_files(run_id)
        db.session.add(DeletedRun(id=run_id, short_code=short_code))
    gone = delete(Run).where(Run.id.in_([run_id for run_id, _code in alone]))
    db.session.execute(gone.execution_options(synchronize_session=False))
    empty = delete(Series).where(Series.organiser_id == person.id, ~exists().where(Run.series_id == Series.id))
    db.session.execute(empty.execution_options(synchronize_session=False))


def unname_runs(person: Person) -> None:
    """The runs that stay are found by the name and the town of nobody, and the pictures that say whose they are go."""
    nobody = Person(name=GONE, city="")
    own = select(Run).where(Run.organiser_id == person.id).order_by(Run.id).with_for_update()
    for run in db.session.scalars(own.execution_options(populate_existing=True)):
        run.be_found(nobody)
        storage.forget(posters.folder_of(run))
    db.session.flush()


def unname_parts(person: Person) -> None:
    """Of taking part there stays that somebody did; of having left, nothing."""
    mine = Participation.person_id == person.id
    left = delete(Participation).where(mine, Participation.status == LEFT)
    stays = (
        update(Participation)
        .where(mine)
        .values(note="", organiser_note="", called="", card_id=None, late_min=None, version=Participation.version + 1)
    )
    for statement in (left, stays):
        db.session.execute(statement.execution_options(synchronize_session=False))
