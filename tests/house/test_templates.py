"""Every template compiles, is used, and each of its blocks can be rendered alone, as htmx asks for it."""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import template_rendered
from jinja2 import Template, TemplateError, nodes

from hampa.platform import clock
from tests.house import lints
from tests.house.routes import VIEWERS, rows
from tests.html import without_tokens
from tests.turns import in_turn

HAMPA = Path(__file__).parents[2] / "hampa"
TEMPLATES = HAMPA / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))
MENTION = re.compile(r"""["']([\w/-]+(?:["']\s*~[^~"']*~\s*["'][\w/-]*)*\.(?:html|txt))["']""")
WORDS = {"notices", "sms", "mail"}
"""Folders of messages: their templates word what has happened, and offer nothing."""
LOOKING = ["visitor", "owner", *in_turn(["stranger"], ["companion"], ["operator"])]
COMPONENTS = "ui/"
"""Used through the global `ui`; `test_every_component_is_used` looks at them."""


def mentioned() -> list[re.Pattern[str]]:
    """Return patterns of the template names in code and templates, also of names put together (f"…/{type}.html")."""
    patterns = []
    for path in HAMPA.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                patterns.append(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                patterns.append("".join(_pattern(part) for part in node.values))
    for path in TEMPLATES.rglob("*.*"):
        patterns += [_loose(text) for text in MENTION.findall(path.read_text())]
    return [re.compile(pattern) for pattern in patterns if pattern.endswith((r"\.html", r"\.txt"))]


def _pattern(part: ast.expr) -> str:
    return re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w-]+"


def _loose(text: str) -> str:
    """Return a pattern of a name in a template, in which `" ~ type ~ "` stands for any word."""
    parts = re.split(r"""["']\s*~[^~]*~\s*["']""", text)
    return r"[\w-]+".join(re.escape(part) for part in parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(app, name):
    assert isinstance(app.jinja_env.get_template(name), Template)


def test_no_line_of_a_template_is_too_long():
    faults = [f"{name}: {fault}" for name in NAMES for fault in lints.long_lines((TEMPLATES / name).read_text())]
    assert not faults, "\n".join(faults)


SECTION = re.compile(r"<section\b[^>]*>.*?</section>", re.DOTALL)
HEADED = re.compile(r"<h[1-6]\b|heading\(|aria-label|caller\(\)")


def test_a_section_has_a_heading_or_is_none():
    """The checker of HTML says so of each; what has none is a `div`."""
    faults = [
        f"{name}: {found[0][:80]!r}"
        for name in NAMES
        for found in SECTION.finditer((TEMPLATES / name).read_text())
        if not HEADED.search(found[0])
    ]
    assert not faults, "\n".join(faults)


def test_no_template_decides_by_status(app):
    faults = []
    for name in NAMES:
        if not WORDS.intersection(Path(name).parts):
            tree = app.jinja_env.parse((TEMPLATES / name).read_text())
            faults += [f"{name}: {fault}" for fault in lints.template_decisions(tree)]
    assert not faults, "\n".join(faults)


SAFE_IN_TEXTS = {
    "starts_at",
    "timezone",
    "code",
    "status",
    "changes",
    "until",
    "what",
    "kind",
    "expected_at",
    "tell_at",
    "heard_at",
    "runs",
    "cancelled",
    "others",
    "link",
    "interest",
    "browser",
    "most",
    "host",
    "site",
    "zone",
    "stop",
    "notification",
    "unsubscribe",
    "near",
    "occurred_at",
    "category",
    "incident",
    "system",
    "waiting",
    "day",
    "week",  # sums of sessions, and names of athletes, which have a filter
}
"""What no person wrote: times, ids, numbers, names of states, settings."""
TEXT_FILTERS = {"sms_name", "sms_title", "sms_words"}


def unfiltered(tree: nodes.Template) -> list[str]:
    """Return what a text prints of `data` without a filter for people's words; conditions may look at it."""
    asked = (node.test for kind in (nodes.If, nodes.CondExpr) for node in tree.find_all(kind))
    harmless = {id(inner) for test in asked for inner in test.find_all(nodes.Getattr)}
    harmless |= {id(test) for test in (node.test for node in tree.find_all(nodes.If))}
    for used in tree.find_all(nodes.Filter):
        if used.name in TEXT_FILTERS:
            harmless.add(id(used.node))
    return [
        node.attr
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name)
        and node.node.name == "data"
        and node.attr not in SAFE_IN_TEXTS
        and id(node) not in harmless
    ]


def test_what_people_wrote_is_broken_and_cut_in_every_sms_and_mail(app):
    texts = [name for name in NAMES if name.endswith(".txt")]
    assert len(texts) > 20
    faults = {name: unfiltered(app.jinja_env.parse((TEMPLATES / name).read_text())) for name in texts}
    assert not (faults := {name: words for name, words in faults.items() if words}), faults
    assert unfiltered(app.jinja_env.parse("{% if data.x %}{{ data.name }}{% endif %} {{ data.name|upper }}")) == [
        "name",
        "name",
    ]


def test_no_template_joins_with_the_comma_of_one_language():
    """A list is joined with `_(", ")`: the comma of Persian is another one."""
    joined = re.compile(r"(?:\}\}|%\}|</\w+>)[,;]\s|[,;] \{[{%]")
    for path in TEMPLATES.rglob("*.*"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        found = [] if "dev" in path.parts or "srcset" in text else joined.findall(text)
        assert not found, f"{path.relative_to(TEMPLATES)}: {found}"


def test_no_template_lies_about_unused():
    patterns = mentioned()
    unused = [n for n in NAMES if not n.startswith(COMPONENTS) and not any(p.fullmatch(n) for p in patterns)]
    assert not unused, f"nothing renders {unused}: delete them"


def test_every_component_is_used(app):
    text = "\n".join(path.read_text() for path in TEMPLATES.rglob("*.*") if not path.is_relative_to(TEMPLATES / "dev"))
    unused = [name for name in app.jinja_env.globals["ui"].names() if not re.search(rf"\bui\.{name}\(", text)]
    assert not unused, f"no page uses the components {unused}: delete them"


@contextmanager
def blocks_rendered(app):
    """Render each block of every page that is made, alone: collect them by template and name, and those that fail."""
    alone: list[tuple[str, str, str]] = []
    faults: list[str] = []
    seen: set[str] = set()

    def try_blocks(_app, template, context):
        seen.add(template.name)
        for name, block in template.blocks.items():
            try:
                alone.append((template.name, name, without_tokens("".join(block(template.new_context(context))))))
            except TemplateError as reason:
                faults.append(f"{template.name}, block {name} alone: {reason}")

    with template_rendered.connected_to(try_blocks, app):
        yield alone, faults, seen


def pages_of(app) -> set[str]:
    """Templates that are whole pages: they stand on a layout."""
    found = set()
    for name in NAMES:
        tree = app.jinja_env.parse((TEMPLATES / name).read_text())
        if tree.find(nodes.Extends) and not name.startswith("layouts/"):
            found.add(name)
    return found


OTHERWISE_SEEN = {
    "checkin_imports/report.html",
    "auth/code.html",
    "broadcasts/show.html",
    "broadcasts/write.html",
    "duties/coverage.html",
    "duties/here.html",
    "duties/verified.html",
    "leaderboards/appeal.html",
    "leaderboards/flag.html",
    "auth/stay.html",
    "invites/answer.html",
    "mail_links/sent.html",
    "leading/lead.html",
    "openid/away.html",
    "openid/confirm.html",
    "organising/conflict.html",
    "organising/declined.html",
    "organising/invitation.html",
    "profile/ask_name.html",
    "joining/join.html",
    "safety/contact_of.html",
    "cards/veiled.html",
    "subscriptions/pay.html",
}
"""Pages that need a story to be reached: they are looked at where that story is told."""


def test_every_block_of_every_page_can_be_rendered_alone(app, page, setting):
    """As its owner and those whose turn it is see a page, else as the first who is shown it.

    With one page for each way of not being shown one.

    What else is to be seen on the pages is looked at by `test_routes`.
    """
    browsers = {viewer: page.as_(setting.viewer(viewer)) for viewer in VIEWERS}
    refused: set[str] = set()
    with clock.frozen(clock.now()), blocks_rendered(app) as (alone, faults, seen):  # pages tell how long it is to go
        for row in rows():
            if row.method == "GET":
                shown = [viewer for viewer in VIEWERS if row.answer_for(viewer) == "200"]
                looking = [viewer for viewer in shown if viewer in LOOKING] or shown[:1]
                for viewer, browser in browsers.items():
                    answer = row.answer_for(viewer)
                    if viewer in looking or (answer != "200" and answer not in refused):
                        refused.add(answer)
                        got = browser.copy.client.get(setting.address(row.rule), headers={"Accept-Language": "en"})
                        whole = without_tokens(got.get_data(as_text=True)) if alone else ""
                        faults += [
                            f"{template}, block {name}: alone it is another than in its page"
                            for template, name, block in alone
                            if block not in whole
                        ]
                        alone.clear()
    assert not faults, "\n".join(sorted(set(faults)))
    missed = pages_of(app) - seen - OTHERWISE_SEEN
    assert not missed, f"never rendered here: {sorted(missed)}"
