"""A picture of oneself: given, made anew, seen where faces are, taken away."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.platform.media.pictures import process_picture, sweep_files
from hampa.platform.web.picture_form import PictureForm
from hampa.profile.models import WIDTHS, PersonPicture
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.files import send_much, sent
from tests.factories.profiles import make_face
from tests.factories.runs import make_run, take_part


def photo(width=900, height=600, kind="JPEG", **more):
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(out, kind, **more)
    return out.getvalue()


def give(browser, content, name="me.jpg", status=303):
    return browser.post("/me/picture", {"picture": [(BytesIO(content), name)]}, status)


def face(person, width=64):
    return f"/people/{person.id}/face/{person.avatar}/{width}.webp"


def test_a_picture_is_made_anew_in_three_widths_without_what_else_was_in_it(page, owner, work):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (35.0, 41.0, 0.0)}
    exif[0x010F] = "secret-camera"
    browser = page.as_(owner)
    give(browser, photo(exif=exif.tobytes()))
    assert "is being prepared" in browser.get("/me/profile", 200).words
    assert not browser.get("/me").all("img")
    work()
    db.session.refresh(owner)
    for width in WIDTHS:
        answer = browser.get(face(owner, width), 200)
        assert answer.response.mimetype == "image/webp"
        raw = answer.response.data
        assert b"secret-camera" not in raw and b"EXIF" not in raw
        assert Image.open(BytesIO(raw)).size == (width, width)
    assert [img.get("src") for img in browser.get("/me", 200).all("img")] and "is being prepared" not in browser.get(
        "/me/picture"
    ).words
    assert not list(storage.list_folder(storage.UPLOADS))


def test_of_a_small_picture_nothing_is_made_larger_and_every_width_is_there(page, owner, work):
    give(page.as_(owner), photo(120, 150))
    work()
    db.session.refresh(owner)
    sizes = [Image.open(BytesIO(page.as_(owner).get(face(owner, width), 200).response.data)).width for width in WIDTHS]
    assert sizes == [120, 120, 64]


def test_what_is_no_picture_leaves_the_one_before(page, owner, work):
    before = make_face(owner)
    browser = page.as_(owner)
    for content in (b"<svg onload=alert(1)>", photo()[:400], photo(60, 60)):
        give(browser, content)
        work()
        assert browser.get("/me/profile").all(role="alert")
    db.session.refresh(owner)
    assert owner.avatar == str(before.id)


def test_nothing_chosen_and_more_than_5_mb_are_refused(page, owner, monkeypatch):
    browser = page.as_(owner)
    assert browser.post("/me/picture", {}, 422).error_of("picture")
    assert PictureForm.picture.kwargs["megabytes"] == 5
    monkeypatch.setattr("hampa.platform.web.uploads.MEGABYTE", 100)
    assert "At most 5 MB" in give(browser, b"x" * 501, status=422).error_of("picture")


def test_a_newer_picture_takes_the_place_of_the_one_before(page, owner, work):
    before = make_face(owner)
    former, file = str(before.id), f"{before.folder}/64.webp"
    give(page.as_(owner), photo())
    work()
    db.session.refresh(owner)
    assert owner.avatar not in (None, former)
    assert not storage.exists(file)
    assert db.session.scalars(select(PersonPicture.person_id)).all() == [owner.id]


def test_a_picture_is_taken_away_with_its_files(page, owner, work):
    picture = make_face(owner)
    address, file = face(owner), f"{picture.folder}/64.webp"
    page.as_(owner).get("/me/profile").form("/me/picture/delete").submit(status=303)
    work()
    db.session.refresh(owner)
    assert owner.avatar is None and not storage.exists(file)
    page.as_(owner).get(address, 404)


def test_one_that_is_taken_away_while_it_is_read_leaves_nothing(page, owner, work):
    give(page.as_(owner), photo())
    picture = db.session.scalars(select(PersonPicture)).one()
    picture_id, upload, folder = picture.id, picture.upload, picture.folder
    page.as_(owner).post("/me/picture/delete", status=303)
    process_picture("person_pictures", picture_id, upload)
    work()
    assert not storage.exists(f"{folder}/64.webp") and not storage.exists(upload)


def test_faces_stand_in_lists_for_as_many_statements(page, owner, statements):
    run, browser, costs = make_run(owner), page.as_(owner), []
    browser.get("/me")
    for number in (2, 12):
        while run.taken < number:
            make_face(take_part(run))
        with statements() as seen:
            answer = browser.get(f"/runs/{run.id}/participants", 200)
        assert len(answer.all("img")) >= number
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_who_is_hidden_and_who_can_t_know_the_face_get_no_file(page, owner, stranger):
    make_face(owner)
    page.get(face(owner), 404)
    page.as_(stranger).get(face(owner), 404)
    make_card(owner)
    page.get(face(owner), 404)
    page.as_(stranger).get(face(owner), 200)
    make_run(owner)
    page.get(face(owner), 200)
    made(Block, blocker_id=owner.id, blocked_id=stranger.id)
    page.as_(stranger).get(face(owner), 404)
    page.as_(owner).get(face(owner, 65), 404)
    page.as_(owner).get(f"/people/{stranger.id}/face/{owner.avatar}/64.webp", 404)
    owner.state = "suspended"
    page.get(face(owner), 404)


@pytest.mark.parametrize("width", [0, 1024, 99999])
def test_other_widths_are_not_there(page, owner, width):
    make_face(owner)
    page.as_(owner).get(face(owner, width), 404)


def test_files_of_nobody_are_swept_up_in_time(owner, db_session):
    seen = make_face(owner)
    gone = "01890000-0000-7000-8000-000000000001"
    storage.put(f"people/{gone}/x/64.webp", b"webp")
    waiting = made(PersonPicture, person_id=owner.id, upload="uploads/nobody-read-it")
    sweep_files()
    assert storage.list_folder(f"people/{gone}"), "it may belong to a transaction that is under way"
    with clock.shifted(timedelta(hours=30)):
        sweep_files()
    assert not storage.list_folder(f"people/{gone}")
    assert storage.exists(f"{seen.folder}/64.webp")
    db_session.refresh(waiting)
    assert (waiting.upload, waiting.reason) == (None, "failed")


def test_visitors_see_a_new_face_on_cards_at_once_though_their_page_is_kept(page, owner, work, remembering):
    owner.profile_visibility = "everyone"
    card = make_card(owner)
    assert "/face/" not in page.get("/cards", 200).text
    give(page.as_(owner), photo())
    work()
    db.session.refresh(owner)
    assert face(owner, 64) in page.get("/cards", 200).text
    assert card.title in page.get("/cards").words


@pytest.mark.parametrize(
    ("came_from", "leads_back"),
    [("http://localhost/me/picture?from=me", True), ("https://elsewhere.example/me/picture", False), (None, False)],
)
def test_who_sent_too_large_a_picture_finds_back_to_the_form(page, owner, came_from, leads_back):
    headers = {"Referer": came_from} if came_from else {}
    fields = {"picture": [sent(b" " * 7_000_000, "me.jpg")]}
    answer = send_much(page.as_(owner), "/me/picture", fields, 413, headers=headers)
    assert ("/me/picture?from=me" in answer.links) is leads_back


def test_what_became_of_the_last_picture_is_not_said_beside_what_is_wrong_with_this_one(page, owner, work):
    browser = page.as_(owner)
    give(browser, b"no picture at all")
    work()
    refused = browser.get("/me/profile")
    assert "not a picture" in refused.words
    assert "/me/picture/delete" not in [form.action for form in refused.forms], "there is none to remove"
    answer = give(browser, b"", status=422)
    assert "empty" in answer.error_of("picture") and "not a picture" not in answer.words
