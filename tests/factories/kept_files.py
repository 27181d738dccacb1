"""Files that people keep with plans."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from sqlalchemy import select

from hampa.coach_notes.models import CoachNote, CoachNoteVersion
from hampa.coach_summaries.models import CoachSummary, SummaryUse
from hampa.coaching.models.athletes import Athlete
from hampa.files.models import StoredFile
from hampa.files.queries import links
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.training.models.plans import Milestone, PlanMember, TrainingPlan
from tests.factories.base import made, number
from tests.factories.people import make_person
from tests.factories.training import make_plan, training_values

FILE_NAMES = {"file_id", "file_token", "note_id", "summary_id", "owner_kind", "owner_id"}
FILE_RULES = ("/files/", "/notes/", "/summaries/")
RELATIONS = b'<?xml version="1.0"?><Relationships/>'


def pdf(*objects: bytes) -> bytes:
    """Return a small PDF with further objects."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    return body + b"\n".join(objects) + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def docx(**files: bytes) -> bytes:
    """Return a small document of Word, with further files in it."""
    buffer = io.BytesIO()
    usual = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": RELATIONS, "word/document.xml": b"<w:document/>"}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (usual | files).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_stored_file(
    person: Person, plan: TrainingPlan | Athlete, content: bytes | None = None, **given: Any
) -> StoredFile:
    """Make a file of a plan or an athlete that was checked."""
    content = content if content is not None else pdf(f"% {number()}".encode())
    id_ = ids.new_id()
    usual = {
        "id": id_,
        "owner_kind": "athlete" if isinstance(plan, Athlete) else "plan",
        "owner_id": plan.id,
        "uploader_id": person.id,
        "name": "Paces.pdf",
        "kind": "pdf",
        "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "object_name": f"documents/{id_}/{number():016x}",
        "state": "ready",
    }
    values = usual | given
    if values["object_name"] is not None:
        storage.put(values["object_name"], content)
    return made(StoredFile, **values)


def make_note(person: Person, plan: TrainingPlan | Athlete, **given: Any) -> CoachNote:
    """Make a note on a plan or an athlete that all who belong see."""
    kind = "athlete" if isinstance(plan, Athlete) else "plan"
    usual = {"owner_kind": kind, "owner_id": plan.id, "author_id": person.id, "editor_id": person.id}
    note = made(CoachNote, **(usual | {"text": f"Note {number()}", "is_shared": True} | given))
    made(CoachNoteVersion, note_id=note.id, number=1, text=note.text, editor_id=person.id, is_shared=note.is_shared)
    return note


def make_summary(person: Person, plan: TrainingPlan, text: str = "It goes on.", **given: Any) -> CoachSummary:
    """Make a draft of a summary of a plan, of one sentence."""
    sentence = {"part": "facts", "text": text, "sources": [f"plan:{plan.id}"]}
    usual = {"owner_kind": "plan", "owner_id": plan.id, "author_id": person.id, "locale": "en", "basis": "0"}
    return made(CoachSummary, **(usual | {"sentences": [sentence]} | given))


def belong_to_plans(person: Person, friend: Person, word: str) -> None:
    """Make plans of both to which both belong, with files and notes; what is the person's has a word in its name."""
    plan = make_plan(person, friend, name=f"{word}-title", description=f"{word}-title")
    made(Milestone, plan_id=plan.id, name=f"{word}-title")
    made(PlanMember, plan_id=plan.id, person_id=make_person().id, invited_by_id=person.id)
    make_plan(friend, person)
    make_stored_file(person, plan, name=f"{word}.pdf")
    make_note(person, plan, text=f"{word}-note")
    make_summary(person, plan, text=f"{word}-note")
    made(SummaryUse, person_id=person.id, month=clock.now().date().replace(day=1), calls=1)
    make_note(friend, plan, deleted_at=clock.now(), deleted_by_id=person.id)


def file_values(owner: Person, companion: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: a file of the owner, with their plan."""
    plan = db.session.get_one(TrainingPlan, training_values(owner, companion)["plan_id"])
    query = select(StoredFile).where(StoredFile.uploader_id == owner.id, StoredFile.object_name.is_not(None))
    file = db.session.scalar(query) or make_stored_file(owner, plan)
    written = db.session.scalar(select(CoachNote).where(CoachNote.author_id == owner.id))
    note = written or make_note(owner, plan, text="Slow on long days")
    drafted = db.session.scalar(select(CoachSummary).where(CoachSummary.author_id == owner.id))
    summary = drafted or make_summary(owner, plan)
    return {
        "note_id": note.id,
        "summary_id": summary.id,
        "file_id": file.id,
        "file_token": links.make_link(owner, file.id)[0],
        "owner_kind": "plan",
        "owner_id": plan.id,
    }
