"""Notes on plans and athletes: reading, writing, changing and deleting them, and what they said before."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.coach_notes import actions
from hampa.coach_notes.forms import NoteForm
from hampa.coach_notes.models import LONGEST, CoachNote
from hampa.coach_notes.queries import notes as queries
from hampa.coaching.queries.owners import ATHLETE
from hampa.files.queries.owners import owner_for
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging, Query
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.differences import ADDED, REMOVED, SAME
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("notes", _l("Notes"), scope="training")


class NotesQuery(Paging):
    """Which notes: with `pinned`, those that are pinned, all at once; without, the others."""

    pinned: bool = Field(False, strict=False)


class NoteBody(Body):
    """A note in Markdown; one that is not `is_shared` is yours alone."""

    text: str = Field(min_length=1, max_length=LONGEST)
    is_shared: bool = False


class NoteChange(Body):
    """What changes of a note; `number` is that of the version that you read, so that nobody's words are lost."""

    text: str = Field("", min_length=1, max_length=LONGEST)
    number: int | None = Field(None, ge=1, le=2**31 - 1)
    is_shared: bool = False
    is_pinned: bool = False


class VersionsQuery(Query):
    """Versions before a number."""

    before: int | None = Field(None, ge=1, le=2**31 - 1, strict=False)


class NoteData(TypedDict):
    """A note; `number` is that of its version, by `editor` at `edited_at`."""

    id: uuid.UUID
    owner_kind: str
    owner_id: uuid.UUID
    title: str
    text: str
    is_shared: bool
    is_pinned: bool
    number: int
    author: Summary
    editor: Summary | None
    edited_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class PieceData(TypedDict):
    """A part of a note that a version has added, removed, or left as it was."""

    kind: Annotated[str, OneOf(SAME, ADDED, REMOVED)]
    text: str


class NoteVersionData(TypedDict):
    """A version of a note, with what is different from the one before."""

    number: int
    editor: Summary | None
    written_at: datetime
    pieces: list[PieceData]


class NoteVersionsData(TypedDict):
    """The latest versions of a note, ten at most."""

    versions: list[NoteVersionData]


@resource.get("/notes/<owner_kind>/<uuid:owner_id>")
def list_notes(owner_kind: str, owner_id: uuid.UUID, query: NotesQuery) -> Page[NoteData]:
    """List the notes of something to which you belong, such as `plan`, the last changed first."""
    owner = owner_for(me(), owner_kind, owner_id)
    if query.pinned:
        return Page([_note(row) for row in queries.pinned_of(me(), owner)])
    return queries.notes_of(me(), owner, query.after, query.limit).of_rows(_note)


@resource.post("/notes/<owner_kind>/<uuid:owner_id>", needs_name=True)
def write_note(owner_kind: str, owner_id: uuid.UUID, body: NoteBody) -> Created[NoteData]:
    """Write a note on something to which you add."""
    form = valid_form(NoteForm, body)
    note = actions.write_note(me(), owner_kind, owner_id, form.text.data, is_shared=body.is_shared)
    return Created(_note(queries.row_of(me(), note)), f"/notes/{note.id}")


@resource.get("/athletes/<uuid:athlete_id>/notes")
def list_notes_on_athlete(athlete_id: uuid.UUID, query: NotesQuery) -> Page[NoteData]:
    """List the notes on an athlete whom you coach, or those that your coaches share with you."""
    return list_notes(ATHLETE, athlete_id, query)


@resource.post("/athletes/<uuid:athlete_id>/notes", needs_name=True)
def write_note_on_athlete(athlete_id: uuid.UUID, body: NoteBody) -> Created[NoteData]:
    """Write a note on an athlete whom you coach; a shared one is seen by all their coaches, and by the athlete."""
    return write_note(ATHLETE, athlete_id, body)


@resource.get("/notes/<uuid:note_id>")
def read_note(note_id: uuid.UUID) -> NoteData:
    """Return a note that you may see."""
    return _note(queries.row_of(me(), queries.note_for(me(), note_id)))


@resource.patch("/notes/<uuid:note_id>", locks=CoachNote)
def change_note(note_id: uuid.UUID, body: NoteChange) -> NoteData:
    """Change the text of a note, pin it, or share it."""
    note = queries.note_for(me(), note_id)
    if "text" in body.model_fields_set:
        note = actions.change_note(me(), note_id, valid_form(NoteForm, body).text.data, body.number)
    if "is_shared" in body.model_fields_set:
        note = actions.share_note(me(), note_id, is_shared=body.is_shared)
    if "is_pinned" in body.model_fields_set:
        note = actions.pin_note(me(), note_id, is_pinned=body.is_pinned)
    return _note(queries.row_of(me(), note))


@resource.delete("/notes/<uuid:note_id>", locks=CoachNote)
def delete_note(note_id: uuid.UUID) -> None:
    """Delete a note, which can be brought back for thirty days."""
    actions.delete_note(me(), note_id)


@resource.post("/notes/<uuid:note_id>/restore")
def restore_note(note_id: uuid.UUID) -> NoteData:
    """Bring back a note that you deleted, or that was yours."""
    return _note(queries.row_of(me(), actions.restore_note(me(), note_id)))


@resource.get("/notes/<uuid:note_id>/versions")
def list_note_versions(note_id: uuid.UUID, query: VersionsQuery) -> NoteVersionsData:
    """Return what was changed of a note, by whom and when, the latest first."""
    changes = queries.changes_of(me(), queries.note_for(me(), note_id), query.before)
    return {
        "versions": [
            {
                "number": change.number,
                "editor": summary_as_data(change.editor) if change.editor is not None else None,
                "written_at": change.written_at,
                "pieces": [{"kind": piece.kind, "text": piece.text} for piece in change.pieces],
            }
            for change in changes
        ]
    }


def _note(row: queries.NoteRow) -> NoteData:
    note = row.note
    return {
        "id": note.id,
        "owner_kind": note.owner_kind,
        "owner_id": note.owner_id,
        "title": row.title,
        "text": note.text,
        "is_shared": note.is_shared,
        "is_pinned": note.pinned_at is not None,
        "number": note.number,
        "author": summary_as_data(row.author),
        "editor": summary_as_data(row.editor) if row.editor is not None else None,
        "edited_at": note.edited_at,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "version": note.version,
    }
