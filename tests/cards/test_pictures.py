"""The picture of a card, and the one by which it is shared."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from hampa.cards.actions import poster_of, posters
from hampa.cards.models import CardPicture
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.media import storage
from hampa.platform.media.pictures import sweep_files
from hampa.platform.web.assets import STATIC
from tests.cards.test_forms import SHORT
from tests.factories.cards import make_card, make_card_picture, make_companions
from tests.factories.files import send_much, sent

SITE = (STATIC / "img" / "share.png").read_bytes()


def photo(width=2000, height=1500, kind="JPEG"):
    """Return a file as a phone sends it, with the place where it was taken."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "TAKEN AT HOME"
    Image.new("RGB", (width, height), (200, 120, 40)).save(out, kind, exif=exif)
    return out.getvalue()


def give(browser, card, *files, status=303, **fields):
    return send_much(
        browser, f"/cards/{card.id}/edit", SHORT | {"image": [sent(file) for file in files]} | fields, status
    )


def pictures(card):
    db.session.expire_all()
    return db.session.scalars(select(CardPicture).where(CardPicture.card_id == card.id)).all()


def shown(answer):
    return [image.get("src") for image in answer.one("main").iter("img") if image.get("class") == "card-picture"]


def test_a_picture_comes_with_the_form_and_is_made_anew_by_the_worker(page, owner, work):
    writer = page.as_(owner)
    done = send_much(writer, "/cards/new", SHORT | {"image": [sent(photo())]}, 303)
    path = done.location
    assert shown(page.get(path, 200)) == []
    assert "being prepared" in writer.get(f"{path}/edit", 200).words
    assert "being prepared" in writer.get(path, 200).words and "being prepared" not in page.get(path, 200).words
    assert writer.get(path, 200).one(id="picture").get("data-hx-get") == path
    upload = db.session.scalars(select(CardPicture.upload)).one()
    work()
    assert writer.get(path, 200).one(id="picture").get("data-hx-get") is None
    (source,) = shown(page.get(path, 200))
    answer = page.get(source, 200)
    content = answer.response.get_data()
    assert (answer.response.mimetype, Image.open(BytesIO(content)).size) == ("image/webp", (320, 200))
    (kept,) = db.session.scalars(select(CardPicture)).all()
    assert (kept.widths, kept.height, kept.upload) == ([1280, 640, 320], 800, None)
    for width in kept.widths:
        assert b"TAKEN AT HOME" not in storage.read(f"{kept.folder}/{width}.webp")
    assert not storage.exists(upload)


def test_a_newer_picture_takes_the_place_of_the_one_before_once_it_is_made(page, owner, work):
    card = make_card(owner)
    writer = page.as_(owner)
    give(writer, card, photo())
    work()
    (before,) = shown(page.get(f"/cards/{card.id}"))
    give(writer, card, photo(700, 700, "PNG"))
    assert shown(page.get(f"/cards/{card.id}")) == [before]
    work()
    (after,) = shown(page.get(f"/cards/{card.id}"))
    assert after != before
    page.get(before, 404)
    assert len(pictures(card)) == 1
    give(writer, card, image_remove="y")
    work()
    assert shown(page.get(f"/cards/{card.id}")) == []
    page.get(after, 404)
    assert storage.list_folder(f"cards/{card.id}") == []


def test_what_is_no_picture_is_said_in_the_form_and_the_card_stays(page, owner, work):
    card = make_card(owner)
    writer = page.as_(owner)
    give(writer, card, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    work()
    assert "This is an SVG drawing" in writer.get(f"/cards/{card.id}/edit", 200).words
    assert shown(page.get(f"/cards/{card.id}", 200)) == []
    give(writer, card, photo())
    work()
    assert len(shown(page.get(f"/cards/{card.id}"))) == 1


def test_a_picture_larger_than_five_megabytes_is_refused_beside_its_field(page, owner):
    card = make_card(owner)
    seen = give(page.as_(owner), card, b"x" * 5_000_001, status=422)
    assert "At most 5 MB" in seen.words
    assert pictures(card) == []


@pytest.mark.parametrize(
    ("viewer", "state", "status"),
    [
        ("visitor", "active", 200),
        ("visitor", "resting", 404),
        ("stranger", "resting", 404),
        ("companion", "resting", 200),
    ],
)
def test_the_picture_is_for_who_may_see_the_card(page, owner, companion, viewer, state, status, request):
    card = make_card(owner, state=state)
    make_companions(companion, owner)
    picture = make_card_picture(card)
    reader = page.as_(request.getfixturevalue(viewer))
    for path in (f"pictures/{picture.id}/320.webp", "qr.svg", "share.png"):
        reader.get(f"/cards/{card.id}/{path}", status)
    reader.get(f"/cards/{card.id}/pictures/{picture.id}/33.webp", 404)
    reader.get(f"/cards/{make_card(owner).id}/pictures/{picture.id}/320.webp", 404)


def test_with_a_card_go_its_files(page, owner, work):
    card = make_card(owner)
    make_card_picture(card)
    folder = f"cards/{card.id}"
    storage.put(f"{folder}/share/fa-0.png", b"png")
    page.as_(owner).post(f"/{folder}/delete", status=303)
    work()
    assert not storage.list_folder(folder)


def test_files_of_cards_that_are_gone_are_swept_up_in_time(owner, db_session):
    card = make_card(owner)
    make_card_picture(card)
    gone = "01890000-0000-7000-8000-000000000001"
    storage.put(f"cards/{gone}/x/320.webp", b"webp")
    waiting = CardPicture(card_id=card.id, upload="uploads/nobody-read-it")
    db_session.add(waiting)
    db_session.flush()
    sweep_files()
    assert storage.list_folder(f"cards/{gone}")
    with clock.shifted(timedelta(hours=30)):
        sweep_files()
    assert not storage.list_folder(f"cards/{gone}")
    assert storage.list_folder(f"cards/{card.id}")
    db_session.refresh(waiting)
    assert (waiting.upload, waiting.reason) == (None, "failed")


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_card_is_shared_with_a_picture_of_its_own_in_each_language(page, owner, work, language):
    card = make_card(owner, title="صبح‌های آرام")
    seen = page.speaking(language).get(f"/cards/{card.id}", 200)
    address = seen.one("meta", property="og:image").get("content")
    assert address.endswith(f"/cards/{card.id}/share.png?lang={language}")
    url = f"/cards/{card.id}/share.png?lang={language}"
    assert page.get(url, 200).response.get_data() == SITE
    work()
    drawn = page.get(url, 200).response.get_data()
    assert (Image.open(BytesIO(drawn)).format, Image.open(BytesIO(drawn)).size) == ("PNG", (1200, 630))
    card.pace = 300
    assert page.get(url, 200).response.get_data() == SITE
    work()
    assert page.get(url, 200).response.get_data() not in (drawn, SITE)
    assert len(list(storage.list_folder(posters.folder_of(card)))) == 1


def test_the_share_picture_says_when_how_fast_and_with_whom(owner):
    card = make_card(owner)
    card.owner = owner
    with i18n.use_locale("en"):
        said = poster_of(card)
    assert (said.over, said.large, said.line) == (
        "Tuesdays and Thursdays at dawn",
        "5:30 /km",
        "8 km · with Sara Karimi",
    )


def test_the_code_is_the_address_of_the_card(page, owner):
    card, other = make_card(owner), make_card(owner)
    codes = {page.get(f"/cards/{one.id}/qr.svg", 200).response.get_data() for one in (card, other)}
    assert len(codes) == 2
    assert page.get(f"/cards/{card.id}").one(class_="qr").get("src") == f"/cards/{card.id}/qr.svg"
