"""Sharing a run: its picture in both scripts, kept until the run changes, and its link as a QR code."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.media import poster_image, storage
from hampa.platform.media.posters import Poster, draw_poster
from hampa.platform.web.assets import STATIC
from hampa.sharing.actions import posters
from tests.factories.people import make_person
from tests.factories.runs import make_run

SITE = (STATIC / "img" / "share.png").read_bytes()
SAID = {
    "direction": "rtl",
    "brand": "همپا",
    "over": "شنبه ۱۴ آذر",
    "large": "۶:۳۰",
    "title": "دور دریاچه",
    "place": "چیتگر",
    "line": "۱۴ کیلومتر",
}


def drawn(**said):
    """Return a picture, decoded."""
    return Image.open(BytesIO(poster_image.render_poster(Poster(**(SAID | said)))))


def asked():
    return db.session.scalar(select(func.count()).where(jobs.Job.name == "media.draw_poster"))


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_picture_is_drawn_when_it_is_first_asked_for(page, work, language):
    run = make_run(make_person(name="سارا"), title="Easy loop")
    url = f"/runs/{run.id}/share.png?lang={language}"
    first = page.get(url, 200)
    assert first.response.get_data() == SITE
    assert first.response.headers["Cache-Control"] == "no-store"
    page.get(url)
    assert asked() == 1
    work()
    answer = page.get(url, 200)
    picture = Image.open(BytesIO(answer.response.get_data()))
    assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert answer.response.get_data() != SITE
    assert len(answer.response.get_data()) < 300_000
    assert asked() == 1


def test_the_two_languages_have_pictures_of_their_own(page, work):
    run = make_run()
    for language in ("fa", "en"):
        page.get(f"/runs/{run.id}/share.png?lang={language}")
    work()
    both = [page.get(f"/runs/{run.id}/share.png?lang={x}").response.get_data() for x in ("fa", "en")]
    assert both[0] != both[1]
    assert SITE not in both


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another title"},
        {"place": "Elsewhere"},
        {"distance_km": 12},
        {"cancelled_at": clock.now()},
        {"starts_at": clock.now() + timedelta(days=9)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_run_that_changed_is_drawn_anew_and_the_old_picture_goes(page, work, changed):
    run = make_run()
    url = f"/runs/{run.id}/share.png?lang=en"
    page.get(url)
    work()
    before = page.get(url).response.get_data()
    for name, value in changed.items():
        setattr(run, name, value)
    assert page.get(url).response.get_data() == SITE
    work()
    assert page.get(url).response.get_data() not in (before, SITE)
    assert len(list(storage.list_folder(posters.folder_of(run)))) == 1


def test_a_run_that_is_gone_is_not_drawn(db_session):
    from hampa.platform import ids

    run_id = ids.new_id()
    draw_poster("runs", run_id, "fa")
    assert list(storage.list_folder(f"runs/{run_id}")) == []


def test_without_shaping_nothing_wrong_is_drawn(page, work, monkeypatch):
    monkeypatch.setattr(poster_image, "can_shape", lambda: False)
    run = make_run()
    page.get(f"/runs/{run.id}/share.png")
    work()
    assert page.get(f"/runs/{run.id}/share.png").response.get_data() == SITE


def test_persian_letters_join_and_run_from_the_right():
    assert poster_image.can_shape(), "libfribidi is missing on this machine"
    font = poster_image._font("bold", 62)
    joined, apart = font.getlength("سلام", direction="rtl"), sum(font.getlength(x) for x in "سلام")
    assert joined < apart * 0.9
    empty = drawn(title="")
    left, _top, right, _bottom = difference(drawn(title="دور"), empty)
    assert left > 900 and right <= 1200 - poster_image.EDGE + 2
    english = drawn(title="Run", direction="ltr")
    left, _top, right, _bottom = difference(english, drawn(title="", direction="ltr"))
    assert left >= poster_image.EDGE - 2 and right < 300


def difference(picture, other):
    """Return the box in which two pictures differ."""
    from PIL import ImageChops

    return ImageChops.difference(picture.convert("RGB"), other.convert("RGB")).getbbox()


LONGEST = ["a" * 120, "من " * 40, "دریاچه‌ی" * 15, "🏃🏽‍♀️" * 40, "李小龍 Ὀδυσσεύς אברהם", "\u200c\u200d", "W" * 3]


@pytest.mark.parametrize("title", LONGEST, ids=range(len(LONGEST)))
def test_no_title_leaves_the_picture_or_meets_what_is_below_it(title, monkeypatch):
    monkeypatch.setattr(
        poster_image, "_stroke", lambda *_args, **_more: None
    )  # the lines go where a long title needs the room
    for direction in ("rtl", "ltr"):
        box = difference(
            drawn(title=title, direction=direction, place="", line=""),
            drawn(title="", direction=direction, place="", line=""),
        )
        if box is not None:
            assert box[0] >= poster_image.EDGE - 6 and box[2] <= 1200 - poster_image.EDGE + 6
            assert box[1] > 240 and box[3] < 490
        assert len(poster_image._lines(title, poster_image.TITLE, poster_image.MOST_LINES)) <= poster_image.MOST_LINES


def test_letters_without_a_drawing_are_left_out():
    assert poster_image.drop_missing_glyphs("Run 🏃🏽‍♀️ دو 李") == "Run  دو "


def test_public_runs_are_shared_with_their_picture_and_others_with_the_sites(page):
    run, hidden = make_run(), make_run(visibility="link")
    for language in ("fa", "en"):
        shared = page.speaking(language).get(f"/runs/{run.id}").one("meta", property="og:image").get("content")
        assert shared.endswith(f"/runs/{run.id}/share.png?lang={language}")
    for path in (f"/runs/{hidden.id}", "/runs", "/"):
        assert "/static/img/share.png" in page.get(path).one("meta", property="og:image").get("content")


def test_the_code_is_the_short_link(page):
    run, other = make_run(), make_run()
    answer = page.get(f"/runs/{run.id}/qr.svg", 200)
    assert answer.response.mimetype == "image/svg+xml"
    drawing = answer.response.get_data(as_text=True)
    assert drawing.startswith("<svg") and "script" not in drawing and "style" not in drawing
    assert drawing != page.get(f"/runs/{other.id}/qr.svg").response.get_data(as_text=True)
    again = page.client.get(f"/runs/{run.id}/qr.svg", headers={"If-None-Match": answer.response.headers["ETag"]})
    assert again.status_code == 304
    assert page.get(f"/runs/{run.id}").one(class_="qr").get("src") == f"/runs/{run.id}/qr.svg"


@pytest.mark.parametrize(
    ("title", "lines"), [("Lake", True), ("a loop around the lake, and home by the gate", True), ("long " * 40, False)]
)
def test_the_two_lines_are_drawn_below_the_words_or_not_at_all(title, lines, monkeypatch):
    with_them = drawn(title=title, place="The gate")
    monkeypatch.setattr(poster_image, "_stroke", lambda *_args, **_more: None)
    box = difference(with_them, drawn(title=title, place="The gate"))
    assert (box is not None) == lines
    if box is not None:
        words = difference(drawn(title=title, place="The gate"), drawn(title="", place=""))
        assert words[3] < box[1] and box[3] < 556
