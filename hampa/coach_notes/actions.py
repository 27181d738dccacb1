"""Writing, changing, pinning, sharing and deleting notes."""

import uuid

from sqlalchemy import delete, update

from hampa.coach_notes.models import CHANGES_A_DAY, MOST_PINNED, MOST_VERSIONS, NOTES_A_DAY, CoachNote, CoachNoteVersion
from hampa.coach_notes.queries import notes as queries
from hampa.files.queries.owners import owner_for, tell_change
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

SHARED = "note_shared"


class ChangedMeanwhile(Conflict):
    """Somebody else has changed the note since it was read."""


def write_note(person: Person, kind: str, owner_id: uuid.UUID, text: str, *, is_shared: bool) -> CoachNote:
    """Write a note on something to which a person adds. Raise NotFound, Forbidden and TooFast."""
    owner = owner_for(person, kind, owner_id)
    if not owner.may_add:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    limit(person, "coach_notes.written", NOTES_A_DAY, per="day", error=_too_many)
    now = clock.now()
    note = CoachNote(owner_kind=kind, owner_id=owner_id, author_id=person.id, text=text, is_shared=is_shared)
    note.editor_id, note.edited_at = person.id, now
    db.session.add(note)
    db.session.flush()
    _keep_version(note)
    if is_shared:
        tell_change(person, kind, owner_id, SHARED)
    return note


def change_note(person: Person, note_id: uuid.UUID, text: str, number: int | None = None) -> CoachNote:
    """Change the text of a note, of which `number` was read.

    Raise NotFound, Forbidden, TooFast, and ChangedMeanwhile if another version is there by now.
    """
    note = queries.note_for(person, note_id, lock=True)
    if not queries.rights_of(person, note).changes:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    if text == note.text:
        return note
    if number is not None and number != note.number:
        raise ChangedMeanwhile(_("Somebody changed this note while you wrote. Look at its changes, then save again."))
    limit(person, "coach_notes.changed", CHANGES_A_DAY, per="day", error=_too_many)
    note.text, note.number = text, note.number + 1
    note.editor_id, note.edited_at = person.id, clock.now()
    db.session.flush()
    _keep_version(note)
    return note


def pin_note(person: Person, note_id: uuid.UUID, *, is_pinned: bool) -> CoachNote:
    """Keep a note above the others, or no longer. Raise NotFound, Forbidden, and Refused for too many."""
    lock_people(person.id)
    note = queries.note_for(person, note_id, lock=True)
    if not queries.rights_of(person, note).pins:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    if is_pinned and note.pinned_at is None:
        if queries.count_pinned(person, note.owner_kind, note.owner_id) >= MOST_PINNED:
            raise Refused(_("Twenty notes are pinned already. Take one down first."))
        note.pinned_at = clock.now()
    elif not is_pinned:
        note.pinned_at = None
    db.session.flush()
    return note


def share_note(person: Person, note_id: uuid.UUID, *, is_shared: bool) -> CoachNote:
    """Let all who belong see a note of the person's own, or nobody else. Raise NotFound and Forbidden."""
    note = queries.note_for(person, note_id, lock=True)
    if not queries.rights_of(person, note).shares:
        raise Forbidden(_("Only the person who wrote this note can do that."))
    if is_shared and not note.is_shared:
        tell_change(person, note.owner_kind, note.owner_id, SHARED)
    note.is_shared = is_shared
    if is_shared:
        row = CoachNoteVersion
        current = update(row).where(row.note_id == note.id, row.number == note.number).values(is_shared=True)
        db.session.execute(current.execution_options(synchronize_session=False))
    db.session.flush()
    return note


def delete_note(person: Person, note_id: uuid.UUID) -> None:
    """Delete a note, which can be brought back for thirty days. Raise NotFound and Forbidden."""
    note = queries.note_for(person, note_id, lock=True)
    if not queries.rights_of(person, note).deletes:
        raise Forbidden(_("Only the person who wrote this note can do that."))
    note.deleted_at, note.deleted_by_id, note.pinned_at = clock.now(), person.id, None
    db.session.flush()


def restore_note(person: Person, note_id: uuid.UUID) -> CoachNote:
    """Bring a deleted note back. Raise NotFound once that is no longer possible."""
    note = queries.deleted_note_for(person, note_id)
    note.deleted_at = note.deleted_by_id = None
    db.session.flush()
    return note


def forget_deleted() -> None:
    """Delete for good what was deleted thirty days ago."""
    old = delete(CoachNote).where(queries.notes_to_forget())
    db.session.execute(old.execution_options(synchronize_session=False))


def _keep_version(note: CoachNote) -> None:
    version = CoachNoteVersion(note_id=note.id, number=note.number, text=note.text, editor_id=note.editor_id)
    version.created_at, version.is_shared = note.edited_at, note.is_shared
    db.session.add(version)
    old = CoachNoteVersion.note_id == note.id, CoachNoteVersion.number <= note.number - MOST_VERSIONS
    db.session.execute(delete(CoachNoteVersion).where(*old).execution_options(synchronize_session=False))
    db.session.flush()


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You've written a lot today. Try again tomorrow."), seconds, "text")
