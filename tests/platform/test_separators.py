"""The dots between facts in a line of a page."""

from hampa.platform.web.separators import KeptDots


def test_no_line_of_a_page_begins_with_a_dot_and_an_sms_keeps_its_plain_spaces(app):
    source = "<p>{{ place }}\n  · {{ name }}{% if crew %} · <b>{{ crew }}</b>{% endif %} {{ _('a · b') }}</p>"
    shown = app.jinja_env.from_string(source).render(place="Park", name="Sara", crew="Crew")
    assert shown == "<p>Park\u00a0· Sara\u00a0· <b>Crew</b> a · b</p>"  # messages are found by their own text
    kept = KeptDots(app.jinja_env).filter_stream(app.jinja_env.lexer.tokenize(source, "sms.txt"))
    assert all("\u00a0" not in token.value for token in kept if token.type == "data")
