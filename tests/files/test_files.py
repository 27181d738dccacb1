"""Files of plans: who gets one and until when, what is kept of one, and that nothing stays when it goes."""

from __future__ import annotations

import io
import re
import struct
import zlib
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from hampa.files import actions, jobs
from hampa.files.models import REASONS, RemovedFile, StoredFile
from hampa.files.queries import links
from hampa.files.queries.owners import owner_kinds
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import documents, storage
from hampa.platform.security import virus_scanning
from hampa.platform.security.virus_scanning import ScanFailed
from hampa.training.actions.plans import delete_plan, leave_plan
from tests.factories.files import sample, send_much, sent
from tests.factories.fit import fit_activity, loop
from tests.factories.kept_files import docx, make_stored_file, pdf
from tests.factories.people import make_person
from tests.factories.training import make_plan
from tests.races import at_once
from tests.virus_scanner import EICAR

OBJECT_STREAM = zlib.compress(b"5 0 <</S/JavaScript/JS(app.alert(1))>>")


def add(browser, plan, content: bytes, name: str, status: int = 303):
    """Add a file to a plan by the form, which is sent twice."""
    address = f"/files/plan/{plan.id}"
    form = browser.get(address, 200).form(address)
    send_much(browser, form.action, form.values.to_dict() | {"file": sent(content, name)}, status)
    return send_much(browser, form.action, form.values.to_dict() | {"file": sent(content, name)}, status)


def files() -> list[StoredFile]:
    db.session.expire_all()
    return list(db.session.scalars(select(StoredFile).order_by(StoredFile.created_at, StoredFile.id)))


def body(content: bytes, name: str) -> dict[str, tuple[io.BytesIO, str]]:
    """Return the body of a request that sends a file."""
    return {"file": (io.BytesIO(content), name)}


def objects() -> set[str]:
    return {name for name, _at in storage.list_folder(actions.FOLDER)}


def journey(page, owner, companion, stranger, work) -> None:
    """Add a file, fetch it, and lose it, as five viewers see that."""
    plan = make_plan(owner, companion, name="Spring")
    browser, theirs = page.as_(owner), page.as_(companion)
    add(browser, plan, pdf(), "../../etc/\u202eTaper week.pdf.exe")
    [file] = files()
    assert (file.name, file.kind, file.state) == ("etc-less.pdf", "pdf", "checking") or file.name.endswith(".pdf")
    assert "/" not in file.name and "\u202e" not in file.name
    assert "Being checked" in browser.get(f"/files/plan/{plan.id}").text
    assert file.name not in theirs.get(f"/files/plan/{plan.id}").text
    browser.get(f"/files/{file.id}", 404)
    theirs.get(f"/files/{file.id}", 404)
    work()
    assert files()[0].state == "ready"
    assert file.name in theirs.get(f"/plans/{plan.id}").text
    link = theirs.get(f"/files/{file.id}", 303).response.headers["Location"]
    got = theirs.get(link, 200).response
    assert got.data == pdf()
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["Cache-Control"] == "private, no-store"
    assert page.get(link, 200).response.data == pdf(), "a link is enough for a program that saves files"
    page.get(f"/files/{file.id}", 303)
    for viewer in (stranger,):
        page.as_(viewer).get(f"/files/{file.id}", 404)
        page.as_(viewer).get(f"/files/plan/{plan.id}", 404)
    token = link.rsplit("/", 1)[1]
    other = make_stored_file(owner, plan, name="Other.pdf")
    page.get(f"/files/{other.id}/content/{token}", 404)
    page.get(f"{link[:-2]}AA", 404)
    with clock.frozen(clock.now() + links.LASTING + timedelta(seconds=2)):
        page.get(link, 410)
    theirs.post(f"/files/{file.id}/delete", {}, 403)
    leave_plan(companion, plan.id)
    db.session.commit()
    page.get(link, 404)
    theirs.get(f"/files/{file.id}", 404)
    assert str(file.id) in objects()
    assert "Delete this file?" in browser.get(f"/files/{file.id}/delete").text
    browser.post(f"/files/{file.id}/delete", {}, 303)
    work()
    assert objects() == {str(other.id)}
    delete_plan(owner, plan.id)
    db.session.commit()
    assert not files()
    jobs.remove_objects()
    assert not objects()
    assert not db.session.scalar(select(func.count()).select_from(RemovedFile))


def test_a_file_is_for_those_of_its_plan_as_long_as_they_belong(page, owner, companion, stranger, work):
    journey(page, owner, companion, stranger, work)


def test_files_are_the_same_in_a_bucket(page, owner, companion, stranger, work, bucket):
    journey(page, owner, companion, stranger, work)


def test_every_kind_is_told_by_its_content_and_kept_with_its_own_ending(program, page, owner, work):
    plan, mine = make_plan(owner), program.as_(owner)
    jpeg, png = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x112], exif[0x110] = 6, "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (120, 80), "red").save(jpeg, "JPEG", exif=exif, comment=b"where it was")
    Image.new("RGB", (120, 80), "red").save(png, "PNG", exif=exif)
    kept = {
        "pdf": pdf(),
        "docx": docx(),
        "png": png.getvalue(),
        "jpeg": jpeg.getvalue(),
        "txt": "هفتهٔ سبک: ۳ × ۱۰ کیلومتر".encode(),
        "gpx": sample("garmin"),
        "fit": fit_activity(loop(50)),
    }
    assert set(kept) == set(documents.TYPES)
    for kind, content in kept.items():
        made = mine.ask("POST", f"/files/plan/{plan.id}", 201, data=body(content, "week.exe"))
        assert made.data["kind"] == kind and made.data["name"].startswith("week.exe."), kind
    work()
    by_kind = {file.kind: file for file in files()}
    assert {file.state for file in by_kind.values()} == {"ready"}
    for kind, file in by_kind.items():
        content = mine.get(f"/files/{file.id}/content", 200).response.data
        if kind in ("png", "jpeg"):
            image = Image.open(io.BytesIO(content))
            image.load()
            exif = image.getexif()
            assert image.size == (120, 80) and exif.get(0x110) is None and not exif.get_ifd(0x8825)
            assert exif.get(0x112, 1) == (6 if kind == "jpeg" else 1), "a photo stays turned"
            assert b"where it was" not in content
        else:
            assert content == kept[kind]
    link = mine.get(f"/files/{by_kind['pdf'].id}/link", 200).data["url"]
    assert page.get(re.sub("^https?://[^/]+", "", link), 200).response.data == pdf()
    assert mine.get("/me/files/use", 200).data["files"] == len(kept)


def test_what_is_no_such_file_is_refused_with_its_code(program, page, owner, monkeypatch):
    plan, mine = make_plan(owner), program.as_(owner)
    wrong = {
        "page.pdf": b"<!doctype html><script>alert(1)</script>",
        "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "archive.docx": b"PK\x03\x04" + bytes(200),
        "program.txt": b"MZ\x90\x00",
        "script.txt": b"#!/bin/sh\nrm -rf ~",
        "binary.gpx": bytes(range(256)),
        "empty.txt": b"",
    }
    for name, content in wrong.items():
        answer = mine.ask("POST", f"/files/plan/{plan.id}", 415, data=body(content, name))
        assert answer.error["code"] == "INVALID_FILE_TYPE", name
    monkeypatch.setattr(actions, "MOST_BYTES", 1_000)
    large = mine.ask("POST", f"/files/plan/{plan.id}", 413, data=body(b"%PDF-" + bytes(2_000), "a.pdf"))
    assert large.error["code"] == "FILE_TOO_LARGE"
    refused = add(page.as_(owner), plan, b"<html></html>", "a.pdf", 422)
    assert "this file is something else" in refused.text
    assert not files() and not objects()


REFUSED = {
    "pdf_that_runs": ("pdf", pdf(b"3 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj"), "active"),
    "pdf_that_runs_by_another_name": ("pdf", pdf(b"3 0 obj<</S/J#61vaScript/J#53(app.alert(1))>>endobj"), "active"),
    "pdf_that_hides_it_in_a_stream": (
        "pdf",
        pdf(b"3 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n" + OBJECT_STREAM + b"\nendstream endobj"),
        "active",
    ),
    "pdf_that_ends_in_a_page": ("pdf", pdf() + b"<script>alert(1)</script>", "active"),
    "pdf_without_an_end": ("pdf", pdf()[:-7], "broken"),
    "docx_with_macros": ("docx", docx(**{"word/vbaProject.bin": b"macros"}), "active"),
    "docx_with_a_template_elsewhere": (
        "docx",
        docx(
            **{
                "word/_rels/settings.xml.rels": b'<Relationships><Relationship Type="http://x/attachedTemplate"'
                b' Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>'
            }
        ),
        "active",
    ),
    "docx_that_leads_out": ("docx", docx(**{"../../evil": b""}), "active"),
    "png_of_two_thousand_million_pixels": ("png", b"", "too_large"),
    "jpeg_that_ends_in_the_middle": ("jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "broken"),
    "gpx_with_entities": ("gpx", b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', "active"),
    "gpx_with_a_script": ("gpx", b"<gpx><script>alert(1)</script></gpx>", "active"),
    "text_with_a_script": ("txt", b"Hello <ScRipt>alert(1)</script>", "active"),
    "fit_that_is_cut": ("fit", fit_activity(loop(50))[:-9], "broken"),
}


def huge_png() -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return documents.PNG + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def test_the_worker_keeps_nothing_that_could_be_run(page, owner, companion, work):
    plan = make_plan(owner, companion)
    for name, (kind, content, reason) in REFUSED.items():
        file = make_stored_file(owner, plan, content or huge_png(), kind=kind, state="checking", name=f"{name}.{kind}")
        jobs.check_file(file.id)
        db.session.refresh(file)
        assert (file.state, file.reason) == ("refused", reason), name
    assert {reason for _kind, _content, reason in REFUSED.values()} == set(documents.REASONS) < set(REASONS)
    jobs.remove_objects()
    assert not objects()
    assert "Not kept" in page.as_(owner).get(f"/files/plan/{plan.id}").text
    assert "Not kept" not in page.as_(companion).get(f"/files/plan/{plan.id}").text
    with clock.frozen(clock.now() + timedelta(days=31)):
        jobs.sweep()
    assert not files()


def test_files_are_handed_out_once_the_scanner_says_that_they_are_clean(page, owner, work, scanner, monkeypatch):
    plan, browser = make_plan(owner), page.as_(owner)
    old = make_stored_file(owner, plan, name="Before.pdf")
    browser.get(f"/files/{old.id}", 404)
    clean = make_stored_file(owner, plan, pdf(b"% clean"), state="checking")
    harmful = make_stored_file(owner, plan, pdf(b"% " + EICAR), state="checking")
    waiting = make_stored_file(owner, plan, pdf(b"% waits"), state="checking")
    monkeypatch.setattr(virus_scanning, "STEP_SECONDS", 0.2)
    for answer in (b"INSTREAM size limit exceeded. ERROR\0", b"nonsense\0", b"stream: OK", b"", 1.0):
        scanner.answer = answer
        with pytest.raises(ScanFailed):
            jobs.check_file(waiting.id)
        db.session.rollback()
        browser.get(f"/files/{waiting.id}", 404)
    scanner.answer, scanner.most_bytes = None, 10
    with pytest.raises(ScanFailed, match="size limit"):
        jobs.check_file(waiting.id)
    db.session.rollback()
    scanner.most_bytes = 25_000_000
    for file in (old, clean, harmful):
        jobs.check_file(file.id)
    assert pdf(b"% clean") in scanner.scanned
    states = {file.id: (file.state, file.reason, file.scanned_at is not None) for file in files()}
    assert states[clean.id] == states[old.id] == ("ready", None, True)
    assert states[harmful.id] == ("refused", "virus", False)
    assert states[waiting.id] == ("checking", None, False)
    assert browser.get(f"/files/{clean.id}", 303)
    assert virus_scanning.scanner_version().startswith("ClamAV 1.4.3")
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        jobs.sweep()
        work()
    assert {file.id: file.state for file in files()}[waiting.id] == "ready", "the sweep has it looked at again"


def test_two_files_at_once_do_not_both_take_the_last_room(real_database, monkeypatch):
    owner = make_person()
    plan_id, owner_id = make_plan(owner).id, owner.id
    db.session.commit()
    monkeypatch.setattr(actions, "MOST_BYTES_IN_ALL", 1_000)

    def send() -> None:
        person = db.session.get_one(Person, owner_id)
        actions.add_file(person, "plan", plan_id, io.BytesIO(pdf(b"%" + b"x" * 500)), "a.pdf")

    assert sorted(at_once(real_database, [send, send])) == ["Refused", "done"]


def test_an_object_that_no_file_names_goes_and_the_others_stay(owner):
    plan = make_plan(owner)
    file = make_stored_file(owner, plan)
    stray = f"{actions.FOLDER}/00000000-0000-7000-8000-000000000001/aa"
    storage.put(stray, b"%PDF-")
    jobs.sweep()
    assert storage.exists(stray), "it may belong to a request that goes on"
    with clock.frozen(clock.now() + timedelta(days=2)):
        jobs.sweep()
    assert not storage.exists(stray)
    assert str(file.id) in objects()


def test_every_kind_of_owner_deletes_its_files_with_itself(db_session):
    for kind in owner_kinds():
        table = kind.named().selected_columns[0].table.name
        query = "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND tgname = 'forget_files'"
        assert db.session.scalar(text(query), {"table": table}) == 1, f"{table}: give it the trigger forget_files"
