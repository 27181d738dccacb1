"""Export and erasure of notes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, select

from hampa.coach_notes.models import CoachNote, CoachNoteVersion
from hampa.files.queries.owners import is_owned_readably
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CoachNote.author_id, noun="coach_notes", fate="delete")
privacy_registry.holds(
    CoachNote.editor_id, left_out="notes of others that were changed: the versions say it", fate="empty"
)
privacy_registry.holds(CoachNote.deleted_by_id, left_out="notes of others, which are theirs", fate="empty")
privacy_registry.holds(CoachNoteVersion.editor_id, noun="coach_note_versions", fate="empty")


def _still_reads(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person still sees what a note is on: athletes take back what stands there of them."""
    return is_owned_readably(person, CoachNote.owner_kind, CoachNote.owner_id)


@privacy_registry.exports("coach_notes", _l("Notes that you wrote on plans"))
def export_notes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the notes in Markdown, on what the person still sees; one with `deleted_at` can still be brought back."""
    names = "id owner_kind owner_id text is_shared pinned_at number edited_at deleted_at created_at"
    query = select(*privacy_registry.columns(CoachNote, names)).where(CoachNote.author_id == person.id)
    return privacy_registry.rows_in_order(query.where(_still_reads(person)), CoachNote)


@privacy_registry.exports("coach_note_versions", _l("What you wrote into notes, version by version"))
def export_versions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the versions that the person wrote, in their own notes and in shared ones of others."""
    version = CoachNoteVersion
    query = select(*privacy_registry.columns(version, "id note_id number text created_at"))
    query = query.join(CoachNote, CoachNote.id == version.note_id).where(version.editor_id == person.id)
    return privacy_registry.rows_in_order(query.where(_still_reads(person)), version)
