"""Covers and photos: made anew by the worker, seen by those who may, removed by those who gave them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier

import pytest
from PIL import Image
from sqlalchemy import delete, func, select

from hampa.blocks.actions import block
from hampa.people.models import Person
from hampa.photos.actions import add_photos
from hampa.photos.models import RunPicture, file_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.media import pictures, storage
from hampa.platform.media.pictures import process_picture, sweep_files
from hampa.runs.actions.deletion import delete_run_files
from hampa.runs.models.run import Run
from hampa.series.actions.series import copy_files
from tests.factories.files import make_picture, make_route, send_much, sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, in_days, make_run, take_part


def picture(width=1800, height=1200, kind="JPEG"):
    """Return a file as a phone sends it."""
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def over(owner):
    """Return a run of yesterday, and a person who went to it."""
    run = make_run(owner, starts_local=in_days(-1))
    return run, take_part(run)


def add(browser, run, *files, status=303):
    """Send photos, as the form on their page does."""
    return browser.post(f"/runs/{run.id}/photos", {"photos": [sent(file) for file in files]}, status)


def the_pictures(run):
    db.session.expire_all()
    return db.session.scalars(select(RunPicture).where(RunPicture.run_id == run.id).order_by(RunPicture.id)).all()


def shown(answer):
    """Where the pictures on a page come from."""
    return [image.get("src") for image in answer.one("main").iter("img") if image.get("class") != "qr"]


def test_of_two_workers_with_one_picture_the_slower_leaves_the_files_of_the_other(page, over, monkeypatch):
    run, going = over
    add(page.as_(going), run, picture())
    [one] = the_pictures(run)
    given, make = (one.id, one.upload), pictures.store_renditions

    def while_another_worker_does_all_of_it(*args):
        monkeypatch.setattr(pictures, "store_renditions", make)
        process_picture("run_pictures", *given)
        return make(*args)

    monkeypatch.setattr(pictures, "store_renditions", while_another_worker_does_all_of_it)
    process_picture("run_pictures", *given)
    [one] = the_pictures(run)
    assert [storage.exists(file_of(run.id, one.id, width)) for width in one.widths] == [True, True]


def test_who_was_there_adds_photos_and_everybody_signed_in_sees_them(page, over, work):
    run, going = over
    browser = page.as_(going)
    assert "Add photos" in browser.get(f"/runs/{run.id}").words
    assert "moment" in add(browser, run, picture(), picture(300, 900, "PNG")).follow().words
    assert browser.get(f"/runs/{run.id}/photos").words.count("being prepared") == 2
    assert "being prepared" not in page.as_(make_person()).get(f"/runs/{run.id}/photos").words
    uploads = [one.upload for one in the_pictures(run)]
    work()
    assert [(one.widths, one.height) for one in the_pictures(run)] == [([1600, 400], 1067), ([300, 267], 900)]
    assert not any(map(storage.exists, uploads))
    for looking in (browser, page.as_(make_person())):
        for path in ("", "/photos"):
            answer = looking.get(f"/runs/{run.id}{path}")
            assert len(shown(answer)) == 2
    (first, _second) = looking.get(f"/runs/{run.id}/photos").one("main").iter("img")
    assert (first.get("width"), first.get("height"), first.get("loading")) == ("1600", "1067", "lazy")
    assert first.get("alt") == f"Photo by {going.name}"
    answer = looking.get(first.get("src"), 200)
    assert answer.response.mimetype == "image/webp"
    assert "private" in answer.response.headers["Cache-Control"]
    assert Image.open(BytesIO(answer.response.get_data())).size == (400, 267)
    assert shown(page.get(f"/runs/{run.id}")) == []
    page.get(first.get("src"), 404)
    assert page.get(f"/runs/{run.id}/photos", 303).location.startswith("/login")


@pytest.mark.parametrize("status", ["INTERESTED", "WAITLISTED", "LEFT", "NO_SHOW"])
def test_who_was_not_there_adds_none(page, over, status):
    run, _going = over
    person = take_part(run, status=status, **({"left_at": None} if status == "NO_SHOW" else {}))
    for looking in (page.as_(person), page.as_(make_person())):
        add(looking, run, picture(), status=403)
        assert not looking.get(f"/runs/{run.id}/photos").one("main").findall(".//{*}form")
    assert the_pictures(run) == []


def test_before_the_run_begins_there_are_no_photos(page, owner):
    run = make_run(owner)
    going = take_part(run)
    assert "has begun" in add(page.as_(going), run, picture(), status=422).error_of("photos")
    assert "has begun" in add(page.as_(owner), run, picture(), status=422).error_of("photos")
    assert "Add photos" not in page.as_(going).get(f"/runs/{run.id}").words
    with clock.frozen(run.starts_at + timedelta(minutes=1)):
        add(page.as_(going), run, picture())


def test_of_a_cancelled_run_there_are_none(page, owner):
    run = make_run(owner, starts_local=in_days(-1), cancelled_at=clock.now())
    add(page.as_(owner), run, picture(), status=422)


def test_each_adds_ten_at_most_and_refused_ones_do_not_count(page, over, work):
    run, going = over
    for _ in range(8):
        make_picture(run, going)
    make_picture(run, going, reason="broken")
    browser = page.as_(going)
    assert "2 more" in add(browser, run, *[picture()] * 3, status=422).error_of("photos")
    add(browser, run, picture(), picture())
    assert "Remove one first" in add(browser, run, picture(), status=422).error_of("photos")
    add(page.as_(take_part(run)), run, picture())
    assert "10 files at most" in add(browser, run, *[picture()] * 11, status=422).error_of("photos")


def test_a_form_without_a_photo_and_one_too_large_are_refused_beside_the_field(page, over):
    run, going = over
    browser = page.as_(going)
    assert "Choose a photo" in browser.post(f"/runs/{run.id}/photos", {}, 422).error_of("photos")
    large = send_much(browser, f"/runs/{run.id}/photos", {"photos": sent(b"x" * 10_100_000)}, 422)
    assert "10.1" in large.error_of("photos")
    assert the_pictures(run) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "This is an SVG drawing"),
        (picture()[:900], "broken"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 50, "HEIC"),
        (picture(20, 20), "too small"),
    ],
    ids=["svg", "cut off", "heic", "too small"],
)
def test_what_is_no_photo_is_refused_to_who_sent_it_alone(page, over, work, content, words):
    run, going = over
    add(page.as_(going), run, content)
    work()
    assert words in page.as_(going).get(f"/runs/{run.id}/photos").words
    assert words not in page.as_(make_person()).get(f"/runs/{run.id}/photos").words
    assert list(storage.list_folder(f"runs/{run.id}")) == []


def test_who_gave_a_photo_and_who_organises_remove_it_and_nobody_else(page, over, owner, work):
    run, going = over
    mine, other = make_picture(run, going).id, make_picture(run, going).id
    path = f"/runs/{run.id}/photos/{{}}/delete"
    page.as_(take_part(run)).post(path.format(mine), status=403)
    page.as_(make_person()).post(path.format(mine), status=403)
    page.as_(going).get(f"/runs/{run.id}/photos").form(path.format(mine)).submit(status=303)
    page.as_(owner).get(f"/runs/{run.id}/photos").form(path.format(other)).submit(status=303)
    work()
    assert the_pictures(run) == []
    assert not storage.exists(f"runs/{run.id}/{mine}/400.webp")
    page.as_(going).post(path.format(mine), status=404)
    elsewhere = make_picture(make_run(), going)
    page.as_(going).post(path.format(elsewhere.id), status=404)


def test_a_photo_that_was_removed_while_it_was_read_leaves_nothing(page, over, work):
    run, going = over
    add(page.as_(going), run, picture())
    (photo,) = the_pictures(run)
    picture_id, upload = photo.id, photo.upload
    page.as_(going).post(f"/runs/{run.id}/photos/{picture_id}/delete", status=303)
    work()
    process_picture("run_pictures", picture_id, upload)
    assert list(storage.list_folder(f"runs/{run.id}")) == [] and not storage.exists(upload)


def test_photos_come_by_the_page_and_cost_the_same_statements(page, over, statements):
    run, going = over
    browser, cost = page.as_(going), []
    for number in (2, 28):
        while len(the_pictures(run)) < number:
            make_picture(run)
        with statements() as seen:
            answer = browser.get(f"/runs/{run.id}/photos")
        cost.append(len(seen))
        with statements() as seen:
            assert len(shown(browser.get(f"/runs/{run.id}"))) == min(number, 6)
    assert cost[0] == cost[1] <= 9
    assert len(shown(answer)) == 24
    later = browser.get(answer.one(id="pager").find("{*}a").get("href"))
    assert len(shown(later)) == 4
    assert not {*shown(later)} & {*shown(answer)}


def test_a_cover_with_which_a_session_is_renewed_is_kept_by_no_shared_cache(page, owner, work):
    browser = page.as_(owner)
    browser.post("/runs/new", SHORT_FORM | {"cover": sent(picture(2000, 2000))}, 303)
    work()
    run = db.session.scalars(select(Run)).one()
    cover = browser.get(f"/runs/{run.id}").one(class_="run-cover").get("src")
    assert "public" in browser.get(cover, 200).response.headers["Cache-Control"]
    with clock.shifted(timedelta(hours=1)):
        renewed = browser.get(cover, 200).response
    assert "Set-Cookie" in renewed.headers
    assert renewed.headers["Cache-Control"] == "private, no-store"


def test_a_cover_is_made_wide_and_everybody_sees_it(page, owner, work):
    page.as_(owner).post("/runs/new", SHORT_FORM | {"cover": sent(picture(2000, 2000))}, 303)
    run = db.session.scalars(select(Run)).one()
    assert "being prepared" in page.as_(owner).get(f"/runs/{run.id}/edit").words
    assert shown(page.get(f"/runs/{run.id}")) == []
    assert not page.get(f"/runs/{run.id}").all(id="cover")
    waiting = page.as_(owner).get(f"/runs/{run.id}").one(id="cover")
    assert (waiting.get("data-hx-get"), waiting.get("data-hx-select")) == (f"/runs/{run.id}", "#cover")
    assert f"/runs/{run.id}" in [link.get("href") for link in waiting.iter("a")]
    work()
    done = page.as_(owner).get(f"/runs/{run.id}").one(id="cover")
    assert done.get("data-hx-get") is None
    assert list(done.iter("img"))
    cover = page.get(f"/runs/{run.id}").one(class_="run-cover")
    assert (cover.get("width"), cover.get("height")) == ("1600", "800")
    answer = page.get(cover.get("src"), 200)
    assert "public" in answer.response.headers["Cache-Control"]
    page.get(cover.get("src").replace("480.webp", "481.webp"), 404)
    page.get(cover.get("src").replace(str(run.id), str(make_run().id)), 404)


def test_another_cover_takes_the_place_of_the_first_once_it_is_made(page, owner, work):
    run = make_run(owner)
    first = make_picture(run, owner, kind="cover").id
    path = f"/runs/{run.id}/edit"
    for content, words in ((b"no picture", "JPEG, PNG and WebP work"), (picture(), "")):
        form = page.as_(owner).get(path).form()
        form.values["cover"] = sent(content)
        form.submit(status=303)
        assert str(first) in shown(page.get(f"/runs/{run.id}"))[0]
        work()
        assert words in page.as_(owner).get(path).words
    assert str(first) not in shown(page.get(f"/runs/{run.id}"))[0]
    work()
    assert len(the_pictures(run)) == 1 and not storage.exists(f"runs/{run.id}/{first}/400.webp")
    page.as_(owner).get(path).form().fill(cover_remove="y").submit(status=303)
    assert shown(page.get(f"/runs/{run.id}")) == []


def test_files_go_with_their_run(db_session, work):
    run = make_run()
    make_route(run)
    photo = make_picture(run)
    run_id, photo_id = run.id, photo.id
    delete_run_files(run_id)
    db.session.execute(delete(Run).where(Run.id == run_id))
    work()
    assert not storage.exists(f"runs/{run_id}/{photo_id}/400.webp")
    assert list(storage.list_folder(f"runs/{run_id}")) == []


def test_a_run_like_another_has_its_route_and_cover_but_not_its_photos(page, owner):
    source, run = make_run(owner), make_run(owner)
    make_route(source, cut=True)
    cover_id = make_picture(source, kind="cover").id
    make_picture(source)
    copy_files(source.id, run)
    db.session.execute(delete(Run).where(Run.id == source.id))
    storage.delete_now(f"runs/{source.id}")
    answer = page.as_(owner).get(f"/runs/{run.id}")
    page.as_(owner).get(f"/runs/{run.id}/route.gpx", 200)
    (shown_cover,) = shown(answer)
    assert str(cover_id) not in shown_cover
    page.get(shown_cover, 200)
    assert "start and end are only for people who are going" in page.get(f"/runs/{run.id}").words


def test_a_run_with_files_of_its_own_keeps_them(page, owner):
    source, run = make_run(owner), make_run(owner)
    for one in (source, run):
        make_route(one, distance_m=5000 if one is run else 9000)
        make_picture(one, kind="cover")
    copy_files(source.id, run)
    assert [picture.kind for picture in the_pictures(run)] == ["cover"]
    assert "5 km" in page.get(f"/runs/{run.id}").words


def test_what_is_left_lying_about_is_swept_up(db_session):
    run, gone = make_run(), make_run()
    kept, stray = make_picture(run), make_picture(gone)
    upload = storage.save_upload(BytesIO(b"x"))
    waiting = make_picture(run, upload=upload)
    gone_id, kept_id, stray_id = gone.id, kept.id, stray.id
    db.session.execute(delete(Run).where(Run.id == gone_id))
    sweep_files()
    assert storage.exists(f"runs/{gone_id}/{stray_id}/400.webp"), "it may belong to a transaction that is under way"
    with clock.frozen(clock.now() + timedelta(days=2)):
        sweep_files()

    assert not storage.exists(f"runs/{gone_id}/{stray_id}/400.webp")
    assert not storage.exists(upload)
    assert storage.exists(f"runs/{run.id}/{kept_id}/400.webp")
    db.session.refresh(waiting)
    assert (waiting.upload, waiting.reason) == (None, "failed")


def test_two_forms_at_once_add_no_more_than_ten(real_database):
    with real_database.app_context():
        run = make_run(starts_local=in_days(-1))
        person = take_part(run)
        db.session.commit()
        run_id, person_id = run.id, person.id
    start = Barrier(3)

    def add_six():
        with real_database.app_context():
            somebody = db.session.get_one(Person, person_id)
            start.wait(30)
            try:
                add_photos(somebody, run_id, [BytesIO(b"x")] * 6)
                db.session.commit()
                return "done"
            except Refused:
                db.session.rollback()
                return "refused"

    with ThreadPoolExecutor(3) as pool:
        ended = [future.result() for future in [pool.submit(add_six) for _ in range(3)]]
    assert sorted(ended) == ["done", "refused", "refused"]
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).select_from(RunPicture)) == 6


def test_a_photo_opens_whole_with_its_neighbours(page, over):
    run, going = over
    first, second, third = (
        make_picture(run, going, widths=[1600, 400], height=800, created_at=clock.now() - timedelta(minutes=9 - n))
        for n in range(3)
    )
    browser = page.as_(make_person())
    address = f"/runs/{run.id}/photos"
    assert f"{address}/{first.id}" in browser.get(f"/runs/{run.id}", 200).links
    assert f"{address}/{second.id}" in browser.get(address, 200).links
    shown_photo = browser.get(f"{address}/{second.id}", 200)
    assert [(e.get("rel"), e.get("href")) for e in shown_photo.all("a") if e.get("rel") in ("prev", "next")] == [
        ("prev", f"{address}/{first.id}"),
        ("next", f"{address}/{third.id}"),
    ]
    assert not browser.get(f"{address}/{first.id}", 200).all("a", rel="prev")
    assert not browser.get(f"{address}/{third.id}", 200).all("a", rel="next")


def test_a_photo_of_somebody_hidden_opens_for_nobody_they_hide_from(page, over):
    run, going = over
    photo, other = make_picture(run, going), make_person()
    block(other, going.id)
    page.as_(other).get(f"/runs/{run.id}/photos/{photo.id}", 404)
    page.as_(other).get(f"/runs/{make_run().id}/photos/{photo.id}", 404)
