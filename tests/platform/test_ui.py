"""The components: what they write is escaped, labelled, and the same for everybody who asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, g
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from hampa.dev.forms import SampleForm
from hampa.dev.queries import LONG_NAME, SamplePerson, sample_runs
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.caches import TTLCache
from hampa.platform.locale import i18n
from hampa.platform.web import ui
from hampa.platform.web.ui import Components
from tests.html import Document, faults

NASTY = "<b>\"'&"


@dataclass
class Made:
    """Markup of components, and how to make more."""

    app: Flask

    def __call__(self, source: str, **context: Any) -> Document:
        return Document(self.text(source, **context), fragment=True)

    def text(self, source: str, **context: Any) -> str:
        return str(self.app.jinja_env.from_string(source).render(**context))


@pytest.fixture
def made(app: Flask) -> Iterator[Made]:
    with app.test_request_context("/runs?q=park&lang=en"), i18n.use_locale("en"):
        yield Made(app)


@contextmanager
def form_of(app: Flask, typed: dict[str, Any] | None = None) -> Iterator[SampleForm]:
    form = SampleForm(formdata=MultiDict(typed) if typed is not None else None)
    if typed is not None:
        form.validate()
    yield form


def test_every_component_is_found_by_its_name(app: Flask) -> None:
    components: Any = app.jinja_env.globals["ui"]
    assert {"button", "field", "bib", "run_row", "dawn", "bar"} <= set(components.names())
    assert all(callable(getattr(components, name)) for name in components.names())


def test_a_component_that_is_not_there_fails_aloud(made: Made) -> None:
    with pytest.raises(Exception, match="buton"):
        made("{{ ui.buton('Save') }}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ui.button(text) }}",
        "{{ ui.button(text, href=text, title=text, disabled_reason=None) }}",
        "{{ ui.button('x', disabled_reason=text) }}",
        "{{ ui.post_button(text, '/x', fields={text: text}) }}",
        "{{ ui.icon_button(text, 'bell') }}",
        "{{ ui.pill(text) }}{{ ui.chip(text, text) }}{{ ui.tabs(text, [(text, text, true)]) }}",
        "{{ ui.heading(text, line=text) }}{{ ui.facts([(text, text, text)]) }}",
        "{{ ui.empty(text, text, text, text) }}{{ ui.notice(text) }}",
        "{{ ui.menu_row(text, text, 'bell', end=text) }}{{ ui.pager(text, text) }}",
        "{{ ui.person(who, line=text, href=text) }}{{ ui.faces([who], 2, label=text) }}",
        "{% call ui.sheet(text) %}{% endcall %}{% call ui.bar(text, text) %}{% endcall %}",
        "{% call ui.more(text) %}{% endcall %}{% call ui.chips(text) %}{% endcall %}",
    ],
)
def test_what_people_wrote_stays_text(made: Made, source: str) -> None:
    text = made.text(source, text=NASTY, who=SamplePerson(UUID(int=1), NASTY))
    assert '<b>"' not in text
    assert "&lt;b&gt;&#34;&#39;&amp;" in text or 'title="&lt;b&gt;' in text


def test_attributes_are_written_as_html_has_them() -> None:
    written = ui.attributes({"data_hx_get": "/x?a=1&b", "class_": "a", "download": True, "rel": None, "open": False})
    assert written == ' data-hx-get="/x?a=1&amp;b" class="a" download'


@pytest.mark.parametrize(("shown", "more", "words"), [(3, 8, "11 going"), (0, 8, "8 going"), (1, 0, "1 going")])
def test_faces_say_in_words_how_many_there_are(made: Made, shown: int, more: int, words: str) -> None:
    faces = made("{{ ui.faces(people, more) }}", people=[SamplePerson(UUID(int=1), "Sara")] * shown, more=more).one(
        "span", role="img"
    )
    assert faces.get("aria-label") == words


def test_a_control_that_cannot_be_used_says_why(made: Made) -> None:
    button = made("{{ ui.button('I am in', disabled_reason='Joining closed at 20:00') }}").one("button")
    assert "disabled" in button.attrib
    assert "Joining closed at 20:00" in "".join(button.itertext())


def test_what_stands_in_a_template_is_written_for_who_reads_it(app: Flask, made: Made) -> None:
    template = app.jinja_env.from_string('{{ "6:00"|digits }} {{ 90|duration }}')
    said = []
    for locale in ("en", "fa"):
        with i18n.use_locale(locale):
            said.append(template.render())
    assert said == ["6:00 1 h 30", "۶:۰۰ ۱ ساعت و ۳۰ دقیقه"]


@pytest.mark.parametrize("name", ["title", "about", "phone", "code", "starts_on", "distance_km", "level", "tell"])
def test_a_field_has_a_label_and_its_help(app: Flask, made: Made, name: str) -> None:
    with form_of(app) as form:
        document = made("{{ ui.field(field, help='So it is') }}", field=form[name])
    control = document.one(id=name)
    assert document.one("label").get("for") == name
    assert control.get("aria-describedby") == f"{name}-help"
    assert control.get("aria-invalid") is None
    assert not faults(document)


def test_a_refused_field_says_so_to_everybody_and_keeps_what_was_typed(app: Flask, made: Made) -> None:
    with form_of(app, {"title": "<x"}) as form:
        document = made("{{ ui.field(form.title, help='So it is') }}", form=form)
    control = document.one("input")
    assert control.get("aria-invalid") == "true"
    assert control.get("value") == "<x"
    assert control.get("aria-describedby") == "title-help title-error"
    assert "at least 3" in "".join(document.one(id="title-error").itertext())


def test_choices_are_a_group_with_a_name_and_its_error(app: Flask, made: Made) -> None:
    with form_of(app, {"terrain": "sea"}) as form:
        document = made("{{ ui.choices(form.terrain) }}", form=form)
    group = document.one("fieldset")
    assert "".join(document.one("legend").itertext()) == "Ground"
    assert group.get("aria-describedby") == "terrain-error"
    assert [field.get("type") for field in document.all("input")] == ["radio"] * 3


def test_days_are_seven_ticks_with_whole_names_from_the_first_day_of_the_week(app: Flask, made: Made) -> None:
    with form_of(app) as form, i18n.use_locale("fa"):
        document = made("{{ ui.days(form.days) }}", form=form)
    assert [field.get("value") for field in document.all("input")] == ["sat", "sun", "mon", "tue", "wed", "thu", "fri"]
    assert "شنبه" in document.text


def test_the_same_form_can_stand_twice_on_a_page(app: Flask, made: Made) -> None:
    source = "{{ ui.field(form.title, help='x') }}{{ ui.field(form.title, help='x', id='other') }}"
    with form_of(app, {"title": ""}) as form:
        document = made(source, form=form)
    ids = [element.get("id") for element in document.all() if element.get("id")]
    assert len(ids) == len(set(ids)) == 6


def test_a_date_field_tells_its_picker_the_calendar_and_the_week(app: Flask, made: Made) -> None:
    for locale, calendar, first in (("fa", "solar", "sat"), ("en", "gregorian", "mon")):
        with form_of(app) as form, i18n.use_locale(locale):
            field = made("{{ ui.field(form.starts_on) }}", form=form).one(id="starts_on")
        assert field.get("data-date") == calendar
        assert str(field.get("data-date-week")).startswith(first)


def test_a_row_says_where_a_run_stands_for_me(made: Made) -> None:
    going, roomy, open_to_all, full, waiting, _interested, cancelled = sample_runs()
    said = [
        made("{{ run.badge.label }}", run=run).text.strip()
        for run in (going, roomy, open_to_all, full, waiting, cancelled)
    ]
    assert said == ["Going", "3 places left", "Open", "Full · 4 waiting", "Waiting", "Cancelled"]


def test_my_stretch_of_the_lane_is_marked(made: Made) -> None:
    mine, other = sample_runs()[:2]
    assert "run-row-mine" in made.text("{{ ui.run_row(run) }}", run=mine)
    assert "run-row-mine" not in made.text("{{ ui.run_row(run) }}", run=other)


def test_a_pager_grows_a_list_or_gives_way_to_rows(made: Made) -> None:
    growing = made("{{ ui.pager('/runs?after=x', rows='.lane') }}").one("a")
    assert growing.get("href") == growing.get("data-hx-get") == "/runs?after=x"
    assert growing.get("data-hx-select-oob") == "#pager"
    assert len(made("{{ ui.pager(None, rows='.lane') }}").one(id="pager")) == 0, "it gives way to the rows"
    assert made.text("{{ ui.pager(None) }}").strip() == ""


@pytest.mark.parametrize(
    ("name", "letter"),
    [("Sara", "S"), ("سارا", "س"), (" élan", "É"), ("«نام»", "ن"), ("🏃 Reza", "R"), ("🏃", "🏃"), ("", "•")],
)
def test_a_face_without_a_picture_shows_the_first_letter(name: str, letter: str) -> None:
    assert ui.initial(name) == letter


def test_a_time_says_on_hover_when_exactly(made: Made) -> None:
    moment = datetime(2026, 11, 26, 22, 5, tzinfo=UTC)
    with clock.frozen(moment):
        time = made("{{ ui.time(moment, 'Asia/Tehran', 'clock') }}", moment=moment).one("time")
    assert time.get("title") == "27 November 1:35"
    assert time.get("datetime") == "2026-11-26T22:05:00+00:00"
    assert "".join(time.itertext()) == "1:35"


def test_a_button_about_something_says_so_to_those_who_hear_it(made: Made) -> None:
    source = "{{ ui.post_button('Accept', '/x', kind='quiet', icon='check', class_='wide', about=about) }}"
    named, plain = (made(source, about=about).one("button") for about in ("<Sara>", None))
    assert named.get("aria-label") == "Accept: <Sara>"
    assert plain.get("aria-label") is None
    assert (named.get("class"), named.get("type")) == (plain.get("class"), plain.get("type"))
    assert (named.get("class"), named.get("type")) == ("button button-quiet wide", "submit")
    assert [child.tag.rpartition("}")[2] for child in (*named, *plain)] == ["svg", "span"] * 2


def test_a_person_keeps_their_colour_when_the_name_changes() -> None:
    someone = UUID("01a1fc89-aa7d-76aa-8776-55565d14b1e8")
    assert ui.tint(SamplePerson(someone, "Reza")) == ui.tint(SamplePerson(someone, LONG_NAME)) == someone.int % ui.TINTS


def test_the_link_to_the_other_language_keeps_the_rest_of_the_query(made: Made) -> None:
    link = made("{{ ui.language_link() }}").one("a")
    assert link.get("href") == "/runs?q=park&lang=fa"
    assert link.get("lang") == link.get("hreflang") == "fa"


def test_the_gallery_shows_every_component(app: Flask, page: Any) -> None:
    components: Any = app.jinja_env.globals["ui"]
    shown = page.get("/dev/ui", 200).text
    sources = [
        app.jinja_env.loader.get_source(app.jinja_env, name)[0]  # type: ignore[union-attr]
        for name in app.jinja_env.list_templates()
        if name.startswith(("dev/ui", "layouts/", "ui/", "errors/"))
    ]
    called = set(re.findall(r"\bui\.(\w+)\(", "".join(sources)))
    never = set(components.names()) - called
    assert not never, f"not in the gallery: {never}"
    assert "swatch-dawn" in shown


@pytest.mark.usefixtures("remembering")
def test_a_field_is_kept_by_all_that_it_shows(app: Flask, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes next sees what is in their own form, as it would be written for them alone."""
    source = (
        "{{ ui.field(form.title) }}{{ ui.field(form.level) }}{{ ui.choices(form.days) }}{{ ui.field(form.terrain) }}"
    )

    def forms() -> Iterator[SampleForm]:
        def one(typed: dict[str, Any] | None = None, **values: Any) -> SampleForm:
            form = SampleForm(formdata=MultiDict(typed) if typed is not None else None, data=values)
            if typed is not None:
                form.validate()
            return form

        yield one()
        yield one(title="Sara's dawn run", level="easy")
        yield one(title="Kaveh's dawn run", days=["fri"])
        yield one({"title": NASTY, "level": "hard"})
        yield one()
        for change in (
            lambda form: setattr(form.title.label, "text", "Another name"),
            lambda form: setattr(form.title.flags, "required", False),
            lambda form: form.title.render_kw.update({"placeholder": "Dawn"}),
            lambda form: form.level.set_choices([("x", "Only one")]),
            lambda form: setattr(form.level, "data", "hard"),
            lambda form: setattr(form.days, "data", ["sat", "sun"]),
            lambda form: form.title.errors.append("No"),
        ):
            form = one()
            form.title.errors = []
            change(form)
            yield form

    def seen() -> list[str]:
        pages = []
        for form in forms():
            for _twice in range(2):
                g.pop("first_invalid_field", None)
                pages.append(made.text(source, form=form))
        return pages

    kept = seen()
    monkeypatch.setattr(TTLCache, "enabled", False)
    assert kept == seen()
    assert len(set(kept)) == 11
    with i18n.use_locale("fa"):
        assert made.text(source, form=SampleForm(formdata=None)) != kept[0]


@pytest.mark.usefixtures("remembering")
def test_text_and_markup_of_the_same_letters_are_kept_apart(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.jinja_env, "auto_reload", False)
    with app.test_request_context("/"), i18n.use_locale("en"):
        components = Components(app.jinja_env)
        for _ in range(2):
            assert "<b>Save</b>" in components.pill(Markup("<b>Save</b>"))
            assert "&lt;b&gt;Save&lt;/b&gt;" in components.pill("<b>Save</b>")


@pytest.mark.usefixtures("remembering")
def test_a_face_is_kept_by_what_it_shows_and_not_by_its_person(
    app: Flask, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.jinja_env, "auto_reload", False)
    with app.test_request_context("/"), i18n.use_locale("en"):
        face: Any = Components(app.jinja_env).face
        owner.name, owner.avatar = "Sara", None
        assert ">S<" in face(owner, "s")
        owner.name = "Mina"
        assert ">M<" in face(owner, "s")
        assert owner not in [part for key in ui._macros._young if key[0] == "face" for part in key[2]]
