"""The picture of the site itself; those of runs and cards are looked at where they are shared."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageChops, ImageStat

from hampa.platform.media import poster_image
from hampa.platform.web.assets import STATIC


def test_the_sites_own_picture_is_the_one_that_is_drawn() -> None:
    drawn, kept = Image.open(BytesIO(poster_image.render_site_poster())), Image.open(STATIC / "img" / "share.png")
    assert drawn.size == kept.size == poster_image.SIZE
    apart = ImageStat.Stat(ImageChops.difference(drawn, kept.convert("RGB"))).mean
    assert max(apart) < 2, "make share-picture"
