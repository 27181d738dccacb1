"""Export and erasure of notes."""

from collections.abc import Iterable
from typing import Any

from hampa.coach_notes.models import CoachNote, CoachNoteVersion
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CoachNote.author_id, noun="coach_notes", fate="delete")
privacy_registry.holds(
    CoachNote.editor_id, left_out="notes of others that were changed: the versions say it", fate="empty"
)
privacy_registry.holds(CoachNote.deleted_by_id, left_out="notes of others, which are theirs", fate="empty")
privacy_registry.holds(CoachNoteVersion.editor_id, noun="coach_note_versions", fate="empty")


@privacy_registry.exports("coach_notes", _l("Notes that you wrote on plans"))
def export_notes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the notes in Markdown; one with `deleted_at` can still be brought back."""
    columns = "id owner_kind owner_id text is_shared pinned_at number edited_at deleted_at created_at"
    return privacy_registry.rows_of(person, CoachNote.author_id, columns)


@privacy_registry.exports("coach_note_versions", _l("What you wrote into notes, version by version"))
def export_versions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the versions that the person wrote, in their own notes and in shared ones of others."""
    return privacy_registry.rows_of(person, CoachNoteVersion.editor_id, "id note_id number text created_at")
