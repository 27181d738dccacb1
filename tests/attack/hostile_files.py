"""Files that mean harm, made here and nowhere else: what they claim to be, what they are called, what is in them.

Each is tried at every field that takes files (`test_uploads.py`); with those of `hostile_pictures.py` more than forty kinds, as OWASP's File Upload Cheat
Sheet names them: lies about the kind, two kinds in one, things to be run, names that lead elsewhere, bombs of pixels,
of words, of archives and of XML, and files that end or contradict themselves.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.factories import fit

SCRIPT = b"<script>alert(document.cookie)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
HTML = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
PHP = b"<?php system($_GET['c']); ?>"
ACTIVE = (b"<script", b"<svg", b"<html", b"<?php", b"onload=", b"javascript:", b"%PDF", b"PK\x03\x04", b"#!/bin")
"""What must be in no file that we keep."""
GPX_HEAD = b'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
GPX_TAIL = b"</trkseg></trk></gpx>"

KINDS: dict[str, Hostile] = {}


@dataclass(frozen=True)
class Hostile:
    """A file as a form sends it: under a name, said to be of a type."""

    filename: str
    mimetype: str
    make: Callable[[], bytes]

    @property
    def content(self) -> bytes:
        return self.make()


def kind(filename: str, mimetype: str = "image/jpeg") -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Put what a function makes among the kinds, by the function's name."""

    def note(make: Callable[[], bytes]) -> Callable[[], bytes]:
        once = cache(make)
        KINDS[make.__name__] = Hostile(filename, mimetype, once)
        return once

    return note


def encoded(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def plain(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    """Return a picture of nothing in particular."""
    return Image.linear_gradient("L").resize((width, height)).convert(mode)


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colour: int = 2) -> bytes:
    """Return a PNG that claims a size, with some chunks."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = b"\x89PNG\r\n\x1a\n"
    for name, content in (head, *chunks, (b"IEND", b"")):
        body += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return body


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP of some chunks."""
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def marked(picture: bytes, marker: int, content: bytes) -> bytes:
    """Return a JPEG with one more segment right after its beginning."""
    return picture[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + picture[2:]


ROWS = (b"IDAT", zlib.compress(b"\0" * 100_000))


# Lies about what it is


@kind("nothing.jpg")
def no_bytes() -> bytes:
    return b""


@kind("face.svg", "image/svg+xml")
def svg_with_script() -> bytes:
    return SVG


@kind("face.jpg")
def svg_called_jpeg() -> bytes:
    return SVG


@kind("face.png", "image/png")
def html_called_png() -> bytes:
    return HTML


@kind("face.jpg", "text/html")
def picture_called_html() -> bytes:
    return encoded(plain()) + HTML


@kind("run.jpg")
def program() -> bytes:
    return b"\x7fELF\x02\x01\x01" + b"\0" * 300


@kind("run.jpg")
def shell_script() -> bytes:
    return b"#!/bin/sh\nrm -rf /\n"


@kind("tiff.jpg")
def tiff() -> bytes:
    return encoded(plain(), "TIFF")


@kind("bmp.jpg")
def bmp() -> bytes:
    return encoded(plain(), "BMP")


@kind("ico.jpg")
def icon() -> bytes:
    return encoded(plain(), "ICO")


@kind("photo.jpg")
def postscript() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 200 200\n(/etc/passwd) (r) file\n"


@kind("photo.jpg")
def heic() -> bytes:
    return b"\0\0\0\x18ftypheic" + b"\0" * 200


@kind("photo.pdf", "application/pdf")
def pdf_with_script() -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>"
    )


# Two things in one


@kind("both.gif", "image/gif")
def gif_and_script() -> bytes:
    return b"GIF89a=1/*" + b"\0" * 20 + b"*/;alert(1);" + SCRIPT


@kind("both.jpg")
def jpeg_and_html() -> bytes:
    return encoded(plain()) + HTML


@kind("both.jpg")
def jpeg_with_script_in_its_comment() -> bytes:
    return encoded(plain(), comment=SCRIPT)


@kind("both.jpg")
def jpeg_and_archive() -> bytes:
    return encoded(plain()) + archive("Main.class", b"\xca\xfe\xba\xbe")


@kind("both.jpg")
def jpeg_and_pdf() -> bytes:
    return marked(encoded(plain()), 0xFE, b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n")


@kind("both.png", "image/png")
def png_with_script_in_its_words() -> bytes:
    return png(160, 120, (b"tEXt", b"Comment\0" + SCRIPT), ROWS)


@kind("both.php.png", "image/png")
def png_with_php_behind() -> bytes:
    return encoded(plain(), "PNG") + PHP


@kind("both.webp", "image/webp")
def webp_with_script_in_its_xmp() -> bytes:
    return encoded(plain(), "WEBP", xmp=SCRIPT)


# Names that lead elsewhere


@kind("../../../../../../etc/cron.d/hampa.jpg")
def name_that_climbs() -> bytes:
    return encoded(plain())


@kind("..\\..\\static\\js\\evil.js")
def name_that_climbs_backwards() -> bytes:
    return encoded(plain())


@kind("photo.jpg.html", "text/html")
def name_with_two_endings() -> bytes:
    return encoded(plain()) + SCRIPT


@kind("photo.html\0.jpg")
def name_with_a_zero_byte() -> bytes:
    return HTML


@kind(".htaccess")
def name_of_a_setting() -> bytes:
    return b"AddType application/x-httpd-php .jpg\n"


@kind("a" * 5000 + ".jpg")
def name_without_end() -> bytes:
    return encoded(plain())


@kind('"><img src=x onerror=alert(1)>\u202egpj.exe')
def name_with_script() -> bytes:
    return encoded(plain())


# Archives and XML


def archive(name: str, content: bytes) -> bytes:
    """Return a ZIP with one file in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(name, content)
    return out.getvalue()


@kind("bomb.zip", "application/zip")
def archive_bomb() -> bytes:
    return archive("bomb.zip", archive("zeros", b"\0" * 100_000_000))


@kind("route.gpx.gz", "application/gzip")
def gzip_bomb() -> bytes:
    return gzip.compress(b"\0" * 100_000_000)


@kind("climbs.zip", "application/zip")
def archive_that_climbs() -> bytes:
    return archive("../../../../etc/cron.d/hampa", b"* * * * * root true")


@kind("climbs.tar", "application/x-tar")
def tar_that_climbs() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as written:
        entry = tarfile.TarInfo("/etc/cron.d/hampa")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        written.addfile(entry)
    return out.getvalue()


@kind("laughs.gpx", "application/gpx+xml")
def xml_of_a_thousand_million_laughs() -> bytes:
    more = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{more}]><gpx><trk><name>&l9;</name></trk></gpx>'.encode()


@kind("fetch.gpx", "application/gpx+xml")
def xml_that_fetches_a_file() -> bytes:
    return b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><trk><name>&x;</name></trk></gpx>'


@kind("deep.gpx", "application/gpx+xml")
def xml_without_bottom() -> bytes:
    return b"<gpx>" + b"<a>" * 1_000_000


@kind("wide.gpx", "application/gpx+xml")
def xml_of_a_million_attributes() -> bytes:
    return b"<gpx><trk " + b" ".join(b'a%d=""' % number for number in range(300_000)) + b"/></gpx>"


@kind("many.gpx", "application/gpx+xml")
def gpx_as_long_as_may_be() -> bytes:
    points = b"".join(b'<trkpt lat="%d.%d" lon="9"/>' % (n % 80, n % 10) for n in range(170_000))
    return GPX_HEAD + points + GPX_TAIL


@kind("script.gpx", "application/gpx+xml")
def gpx_with_script_in_its_names() -> bytes:
    points = b"".join(b'<trkpt lat="35.%04d" lon="51.2"/>' % n for n in range(100))
    return GPX_HEAD.replace(b"<trk>", b"<trk><name><![CDATA[" + SCRIPT + b"]]></name>") + points + GPX_TAIL


@kind("empty.fit", "application/octet-stream")
def fit_of_millions_of_empty_messages() -> bytes:
    return fit.fit(fit.definition(20, ()) + b"\0" * 1_000_000)


@kind("many.fit", "application/octet-stream")
def fit_of_more_points_than_are_read() -> bytes:
    fields = ((0, 4, fit.SINT32), (1, 4, fit.SINT32))
    return fit.fit(fit.definition(20, fields) + struct.pack("<Bii", 0, 426_000_000, 610_000_000) * 210_000)


@kind("wide.fit", "application/octet-stream")
def fit_of_fields_that_are_there_twice() -> bytes:
    return fit.fit(fit.definition(21, ((3, 1, fit.UINT8),) * 255) + bytes(256) * 4_000)


@kind("fetch.tcx", "application/xml")
def tcx_that_fetches_a_file() -> bytes:
    return b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><TrainingCenterDatabase>&x;</TrainingCenterDatabase>'
