"""Pictures as phones give them: larger than may be sent."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.browser.runner import Ways
from tests.factories.people import phone


@pytest.fixture
def photo(tmp_path):
    """Return a photo of nothing that compresses badly."""
    path = tmp_path / "photo.jpg"
    Image.effect_noise((3200, 2400), 90).convert("RGB").save(path, quality=97)
    assert path.stat().st_size > 6_000_000
    return path


def test_a_photo_is_made_small_enough_before_it_is_sent(arrive, photo):
    sara = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language="en"))
    sara.sign_in()
    sara.visit("/me/picture")
    sara.page.locator("[name=picture]").set_input_files(photo)
    with sara.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        sara.page.locator('form[action="/me/picture"] button').click()  # at once, while it is still being made smaller
    assert sent.value.status == 303
    sara.page.locator("#my-picture img").wait_for()
    sara.look()


def test_without_javascript_the_way_back_is_shown(arrive, photo):
    sara = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language="en", javascript=False))
    sara.sign_in()
    sara.visit("/me/profile")
    sara.page.locator("[name=picture]").set_input_files(photo)
    sara.page.locator('form[action="/me/picture"] button').click()
    sara.reads("too much at once")
    sara.page.get_by_role("link", name="Back to the form").click()
    sara.landed("/me/profile")
