"""The page client's own rules refuse what they are there to refuse."""

from __future__ import annotations

import pytest

from tests.html import Document, faults, shape, without_tokens

GOOD = """<!doctype html>
<html lang="fa" dir="rtl"><head><title>همپا</title></head><body><main><h1>خانه</h1>
<form method="post" action="/x"><input type="hidden" name="csrf_token" value="abc">
<label for="name">نام</label><input id="name" name="name"><button>برو</button></form>
<a href="/">خانه</a><img src="/a.svg" alt="">
</main></body></html>"""


def test_a_good_page_passes():
    assert faults(Document(GOOD)) == []


@pytest.mark.parametrize(
    ("part", "bad", "told"),
    [
        ("<!doctype html>", "", "not valid HTML"),
        ("</form>", "", "not valid HTML"),
        ("<h1>خانه</h1>", "", "0 <h1>"),
        ("<h1>خانه</h1>", "<h1>a</h1><h1>b</h1>", "2 <h1>"),
        ("<title>همپا</title>", "<title></title>", "0 <title>"),
        ("<title>همپا</title>", "<title>a</title><style>p{}</style>", "inline <style>"),
        ('dir="rtl"', 'dir="ltr"', "neither Persian nor English"),
        ('<a href="/">', '<a href="/" id="name">', "stands 2 times"),
        ('<label for="name">نام</label>', "", "has no label"),
        ('<label for="name">', '<label for="other">', "points at nothing"),
        ('<input type="hidden" name="csrf_token" value="abc">', "", "0 tokens"),
        ('method="post"', 'method="get"', "put its token into the URL"),
        ('name="name">', 'name="name" autofocus><input aria-label="a" autofocus>', "2 elements want the focus"),
        ("<button>", '<button style="color: red">', "the policy refuses it"),
        ("<button>", '<button onclick="x()">', "the policy refuses it"),
        ('<a href="/">', '<a href="javascript:x()">', "runs code"),
        ("<button>برو</button>", "<button></button>", "has no words"),
        ('<a href="/">خانه</a>', '<a href="/"><button type="button">x</button></a>', "inside <a>"),
        (' alt=""', "", "has no alt"),
        ("<h1>", "<script>x()</script><h1>", "inline <script>"),
    ],
)
def test_a_bad_page_is_refused_with_a_reason(part, bad, told):
    assert part in GOOD
    found = faults(Document(GOOD.replace(part, bad, 1)))
    assert any(told in fault for fault in found), found


def test_a_fragment_is_spared_what_belongs_to_the_whole_page():
    assert faults(Document("<p id=a>one</p><p>two</p>", fragment=True)) == []
    assert faults(Document("<p id=a>one</p><p id=a>two</p>", fragment=True))
    assert faults(Document("<table><p>astray</p></table>", fragment=True))


def test_tokens_and_spaces_make_no_difference_to_a_comparison():
    one = '<input type="hidden" name="csrf_token" value="first">  <p>a</p>'
    other = '<input type="hidden" name="csrf_token" value="second">\n<p>a</p>'
    assert without_tokens(one) == without_tokens(other) != without_tokens(other.replace("a", "b"))


def test_escaped_text_has_the_shape_of_any_text_and_hides_no_fault():
    def shape_of(source):
        return shape(Document(source, fragment=True))

    assert shape_of("<p>&lt;b&gt; it&#39;s</p>") == shape_of("<p>x</p>")
    assert shape_of('<input value="&#34;&gt;x">') == shape_of('<input value="hello">')
    for source in ("<p>&bogus;</p>", "<p>a & b</p>", "<p>a <b</p>", "<p>\x01</p>"):
        assert shape_of(source) != shape_of("<p>x</p>")
    assert shape_of('<a href="&lt;">x</a>') != shape_of('<a href="x">x</a>')
