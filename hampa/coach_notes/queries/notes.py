"""Notes that a person sees, with what they may do, and what they said before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Uuid, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from hampa.coach_notes.models import KEPT, MOST_PINNED, CoachNote, CoachNoteVersion
from hampa.files.queries.owners import Owner, is_owned_readably, owner_for
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.db import columns_of, db, loaded, scalar_or_404
from hampa.platform.errors import Forbidden
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.texts.differences import Piece, differences
from hampa.platform.texts.markdown import to_plain
from hampa.platform.web.paging import Page, decode

A_PAGE = 20
VERSIONS_SHOWN = 10
LATEST_SHOWN = 3
LONGEST_TITLE = 80
PINNED, OTHERS, LATEST = "pinned", "others", "latest"
"""Which notes of something, and in which order: pinned ones, all others, or the latest with pinned ones first."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note with its author, and who changed it last if that is another."""

    note: CoachNote
    author: PersonSummary
    editor: PersonSummary | None

    @property
    def title(self) -> str:
        """Return its first line, without marks."""
        return title_of(self.note.text)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do with a note that they see."""

    changes: bool
    pins: bool
    shares: bool
    deletes: bool


def title_of(text: str) -> str:
    """Return the first line of the text of a note, without marks."""
    line = next((line for line in to_plain(text).split("\n") if line.strip()), "").strip()
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def seen_by(person_id: Any, hidden: Any, note: Any = CoachNote, owned: Any = None) -> list[Any]:
    """Return the conditions that a person sees a `CoachNote`, or an alias of it, that is not deleted."""
    return [
        note.deleted_at.is_(None),
        is_owned_readably(stand_in(person_id), note.owner_kind, note.owner_id, owned),
        or_(note.author_id == person_id, and_(note.is_shared, is_none_of(note.author_id, hidden))),
    ]


def note_for(person: Person, note_id: uuid.UUID, *, lock: bool = False) -> CoachNote:
    """Return a note that a person sees. Raise NotFound."""
    query = select(CoachNote).where(CoachNote.id == note_id, *seen_by(person.id, _hidden(person)))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return scalar_or_404(query)


def changeable_note_for(person: Person, note_id: uuid.UUID) -> CoachNote:
    """Return a note that a person may change. Raise NotFound, and Forbidden for who only sees it."""
    note = note_for(person, note_id)
    if not rights_of(person, note).changes:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    return note


def deleted_note_for(person: Person, note_id: uuid.UUID) -> CoachNote:
    """Return a deleted note that a person may bring back, locked. Raise NotFound."""
    query = select(CoachNote).where(CoachNote.id == note_id, *_brought_back_by(person))
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True))


def row_of(person: Person, note: CoachNote) -> NoteRow:
    """Return a note that a person sees with its people, without an editor whom a block hides."""
    author, editor = aliased(Person), aliased(Person)
    query = (
        select(summary_columns("author", person=author), summary_columns("editor", person=editor))
        .select_from(CoachNote)
        .join(author, author.id == CoachNote.author_id)
        .outerjoin(editor, and_(editor.id == CoachNote.editor_id, is_none_of(editor.id, _hidden(person))))
    )
    row = db.session.execute(query.where(CoachNote.id == note.id)).one()
    return NoteRow(note, row.author, row.editor)


def rights_of(person: Person, note: CoachNote, owner: Owner | None = None) -> Rights:
    """Return what a person may do with a note that they see: its author all, others with a shared one what they may add."""
    owner = owner or owner_for(person, note.owner_kind, note.owner_id)
    mine = note.author_id == person.id
    shares = note.is_shared and owner.may_add
    return Rights(mine or shares, mine or shares, mine, mine or (note.is_shared and owner.manages))


def pinned_of(person: Person, owner: Owner) -> list[NoteRow]:
    """Return the pinned notes of something, the latest first."""
    return _rows(person, owner, 2 * MOST_PINNED, order=PINNED)


def notes_of(person: Person, owner: Owner, after: str | None = None, size: int = A_PAGE) -> Page[NoteRow]:
    """Return a page of the notes of something that are not pinned, the last changed first."""
    rows = _rows(person, owner, size + 1, decode(after, datetime, uuid.UUID), order=OTHERS)
    return Page.of(rows, size, lambda row: (row.note.edited_at, row.note.id))


def latest_of(person: Person, owner: Owner) -> list[NoteRow]:
    """Return a few notes of something for its page, pinned ones first."""
    return _rows(person, owner, LATEST_SHOWN, order=LATEST)


def deleted_of(person: Person, owner: Owner) -> Sequence[CoachNote]:
    """Return the deleted notes of something that a person sees (`owner_for`) and may bring back, the latest first."""
    return _deleted(person.id, owner.kind, owner.id, hidden_ids(person), clock.now() - KEPT).scalars().all()


@built_once
def _deleted(person_id: uuid.UUID, kind: str, owner_id: uuid.UUID, hidden: list[uuid.UUID], since: datetime) -> Any:
    query = select(CoachNote).where(CoachNote.owner_kind == kind, CoachNote.owner_id == owner_id)
    query = query.where(*_deleted_by(person_id, hidden, since))
    return query.order_by(CoachNote.deleted_at.desc()).limit(A_PAGE)


def count_pinned(person: Person, kind: str, owner_id: uuid.UUID) -> int:
    """Return how many notes of something are pinned, as far as a person who sees its notes is concerned.

    What others keep to themselves takes no room from anybody else, and nobody learns of it by that.
    """
    query = (
        select(func.count())
        .select_from(CoachNote)
        .where(CoachNote.owner_kind == kind, CoachNote.owner_id == owner_id, CoachNote.pinned_at.is_not(None))
        .where(or_(CoachNote.is_shared, CoachNote.author_id == person.id))
    )
    return db.session.scalar(query.where(CoachNote.deleted_at.is_(None))) or 0


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a note: who wrote it so, when, and what is different from the one before."""

    number: int
    editor: PersonSummary | None
    written_at: datetime
    pieces: Sequence[Piece]


def changes_of(person: Person, note: CoachNote, before: int | None = None) -> list[Change]:
    """Return the latest versions of a note, or those before a number, the latest first; the first has all its words.

    Who is not its author sees those that were shared.
    """
    editor = aliased(Person)
    query = (
        select(
            CoachNoteVersion.number,
            CoachNoteVersion.text,
            CoachNoteVersion.created_at,
            summary_columns("editor", person=editor),
        )
        .outerjoin(editor, and_(editor.id == CoachNoteVersion.editor_id, is_none_of(editor.id, _hidden(person))))
        .where(CoachNoteVersion.note_id == note.id)
    )
    if note.author_id != person.id:
        query = query.where(CoachNoteVersion.is_shared)
    if before is not None:
        query = query.where(CoachNoteVersion.number < before)
    rows = db.session.execute(query.order_by(CoachNoteVersion.number.desc()).limit(VERSIONS_SHOWN + 1)).all()
    older = [*(row.text for row in rows[1:]), ""][: len(rows)]
    changes = [
        Change(row.number, row.editor, row.created_at, differences(text, row.text))
        for row, text in zip(rows, older, strict=True)
    ]
    return changes[:VERSIONS_SHOWN]


def notes_to_forget() -> Any:
    """Return the condition of notes whose time to be brought back is over."""
    return CoachNote.deleted_at < clock.now() - KEPT


def _brought_back_by(person: Person) -> list[Any]:
    deleted = _deleted_by(person.id, _hidden(person), clock.now() - KEPT)
    return [is_owned_readably(person, CoachNote.owner_kind, CoachNote.owner_id), *deleted]


def _deleted_by(person_id: Any, hidden: Any, since: Any) -> list[Any]:
    shared = and_(CoachNote.is_shared, CoachNote.deleted_by_id == person_id, is_none_of(CoachNote.author_id, hidden))
    return [CoachNote.deleted_at > since, or_(CoachNote.author_id == person_id, shared)]


def _rows(
    person: Person, owner: Owner, most: int, before: tuple[Any, ...] | None = None, *, order: str
) -> list[NoteRow]:
    """Return notes of something whose notes the person sees (`owner_for`)."""
    values = person.id, owner.kind, owner.id, hidden_ids(person), *(before or (None, None)), most
    rows = _notes(*values, order=order, goes_on=before is not None)
    return [NoteRow(loaded(CoachNote, row[2:]), row[0], row[1]) for row in rows]


@built_once
def _notes(
    person_id: uuid.UUID,
    kind: str,
    owner_id: uuid.UUID,
    hidden: list[uuid.UUID],
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    order: str,
    goes_on: bool,
) -> Any:
    author, editor, row = aliased(Person), aliased(Person), CoachNote
    query = (
        select(
            summary_columns("author", person=author), summary_columns("editor", person=editor), *columns_of(CoachNote)
        )
        .select_from(row)
        .join(author, author.id == row.author_id)
        .outerjoin(editor, and_(editor.id == row.editor_id, is_none_of(editor.id, hidden)))
        .where(row.owner_kind == kind, row.owner_id == owner_id, row.deleted_at.is_(None))
        .where(or_(row.author_id == person_id, and_(row.is_shared, is_none_of(row.author_id, hidden))))
    )
    if order == PINNED:
        query = query.where(row.pinned_at.is_not(None)).order_by(row.pinned_at.desc(), row.id.desc())
    elif order == LATEST:
        query = query.order_by(row.pinned_at.is_(None), row.edited_at.desc(), row.id.desc())
    else:
        query = query.where(row.pinned_at.is_(None)).order_by(row.edited_at.desc(), row.id.desc())
    if goes_on:
        query = query.where(tuple_(row.edited_at, row.id) < tuple_(before, last_id))
    return query.limit(most)


def _hidden(person: Person) -> Any:
    return literal(hidden_ids(person), ARRAY(Uuid()))
