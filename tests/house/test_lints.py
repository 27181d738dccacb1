"""Each law that is read off the source refuses a small bad example and lets a good one pass."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from jinja2 import Environment

from tests.house import lints
from tests.shadows import shadowed
from tests.tautologies import compared_with_itself


def tree(source: str) -> ast.Module:
    return ast.parse(dedent(source))


def view_of(lines: int) -> str:
    return "@blueprint.get('/')\n@public\ndef index():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("path", "most"), [("hampa/a.py", 400), ("hampa/a.html", 120), ("tests/conftest.py", 200), ("hampa/a.css", 400)]
)
def test_a_file_may_be_so_long_and_no_longer(path, most):
    assert not lints.long_files({path: most})
    assert lints.long_files({path: most + 1})


def test_a_view_may_have_forty_lines():
    assert not lints.long_views(tree(view_of(40)))
    assert lints.long_views(tree(view_of(41)))
    assert not lints.long_views(tree("def not_a_view():\n" + "    pass\n" * 60))


def test_a_function_is_no_longer_than_a_screen():
    lines = lints.FUNCTION_LINES - 1
    assert not lints.long_functions(tree("def short():\n" + "    pass\n" * lines))
    assert lints.long_functions(tree("class A:\n  async def long():\n" + "    pass\n" * (lines + 1))).keys() == {"long"}


@pytest.mark.parametrize("name", ["utils", "date_helpers", "RunManager", "common", "helper"])
def test_vague_names_are_refused(name):
    assert lints.vague_names(tree(f"class {name}: pass"), "hampa/runs/models.py")
    assert lints.vague_names(tree(""), f"hampa/{name}.py")
    assert not lints.vague_names(tree("def managed_commonly(): pass"), "hampa/runs/models.py")


@pytest.mark.parametrize(
    "read",
    ["os.environ['A']", "os.environ.get('A')", "os.getenv('A')", "from os import environ", "from os import getenv"],
)
def test_the_environment_is_read_in_one_place(read):
    assert lints.environment_reads(tree(read))
    assert not lints.environment_reads(tree("config.load(os.environ); dict(os.environ.items())"))


def test_commits_are_found():
    assert lints.commits(tree("def join_run():\n    db.session.commit()"))
    assert not lints.commits(tree("db.session.flush()"))
    for mark in ("blueprint.post('/runs')", "jobs.job('runs.tell')"):
        assert not lints.commits(tree(f"@{mark}\ndef entry():\n    db.session.commit()"))


def test_returns_inside_an_attempt_are_found():
    assert lints.attempt_returns(tree("def view():\n    with attempt(form) as result:\n        return run()"))
    assert not lints.attempt_returns(tree("def view():\n    with attempt(form):\n        run()\n    return done()"))
    assert not lints.attempt_returns(tree("def view():\n    with open(path):\n        return run()"))


@pytest.mark.parametrize("error", ["SQLAlchemyError", "exc.OperationalError", "(ValueError, DBAPIError)"])
def test_database_errors_are_not_swallowed(error):
    for ending in ("pass", "log.warning('away')", "raise Other from None", "log.warning('away: %s', reason)"):
        assert lints.swallowed_database_errors(tree(f"try:\n    ask()\nexcept {error} as reason:\n    {ending}"))
    for ending in ("log.exception('away')", "log.warning('away', exc_info=True)", "raise"):
        assert not lints.swallowed_database_errors(tree(f"try:\n    ask()\nexcept {error}:\n    {ending}"))
    assert not lints.swallowed_database_errors(tree("try:\n    ask()\nexcept ValueError:\n    pass"))


@pytest.mark.parametrize("ask", ["datetime.now(UTC)", "datetime.utcnow()", "date.today()", "time.time()"])
def test_there_is_one_clock(ask):
    assert lints.other_clocks(tree(ask))
    assert not lints.other_clocks(tree("clock.now(); time.monotonic()"))


@pytest.mark.parametrize("ask", ["select(Run).offset(20)", "text('SELECT 1 LIMIT 2 OFFSET :n')"])
def test_lists_are_not_paged_by_offset(ask):
    assert lints.offsets(tree(ask))
    assert not lints.offsets(tree("select(Run).limit(20)"))


def test_aliases_of_modules_are_made_for_all_threads():
    assert lints.unready_aliases(tree("other = aliased(Person)"))
    assert not lints.unready_aliases(tree("other = shared_alias(Person, 'other')"))
    assert not lints.unready_aliases(tree("def ask():\n    other = aliased(Person)"))


def test_names_of_enqueued_jobs_are_found():
    assert list(lints.enqueued(tree("jobs.enqueue('runs.tell', run_id=1); enqueue('a.b'); other('c.d')"))) == [
        "runs.tell",
        "a.b",
    ]


@pytest.mark.parametrize(
    ("call", "faults"),
    [
        ("notify(people, 'come', data={'name': 1, **snapshot(run)})", []),
        ("actions.notify(people, 'come' if there else 'go', data=snapshot(run))", ["kind come needs name"]),
        ("notify(people, 'rumour', data={})", ["no feature registers rumour"]),
        ("notify(people, kind, data=snapshot(run))", ["name the kind"]),
        ("notify(people, 'go', data=data)", ["write the data"]),
        ("notify(people, 'go', data={**data})", ["write the data"]),
        ("notify(people, 'go')", ["write the data"]),
        ("notify_workers('go')", []),
    ],
)
def test_notifications_that_lack_something_are_found(call, faults):
    functions = lints.dictionaries([tree("def snapshot(run):\n    return {'title': run.title}")])
    found = list(lints.notify_faults(tree(call), {"come": ("title", "name"), "go": ("title",)}, functions))
    assert len(found) == len(faults)
    assert all(words in fault for words, fault in zip(faults, found, strict=True))


def test_what_others_use_says_what_it_is():
    good = tree('"""Runs."""\ndef join():\n    """Join."""\ndef _inner(): pass')
    assert not lints.undocumented(good)
    assert len(lints.undocumented(tree("def join(): pass\nclass Run: pass"))) == 3


def test_marks_of_unfinished_work_are_found():
    assert lints.unfinished("x = 1  # TODO: more")
    assert not lints.unfinished("todo = 1  # why this is so")


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        '<p onclick="x()">',
        "<script>x()</script>",
        '<p hx-get="/">',
        "{{ text|safe }}",
        "{% autoescape false %}",
        "۱۲ کیلومتر",
    ],
)
def test_templates_are_refused_what_the_policy_refuses(bad):
    assert lints.template_faults(bad)


@pytest.mark.parametrize(
    "good",
    [
        '<p class="x" data-hx-get="/runs">{{ n|number }} only one on=0</p>',
        '<script src="/static/a.js" defer></script>',
        '<script type="application/ld+json">{{ event|tojson }}</script>',
    ],
)
def test_templates_may_have_what_the_policy_allows(good):
    assert not lints.template_faults(good)


@pytest.mark.parametrize(
    "bad",
    [
        '{% if standing.mine == "GOING" %}x{% endif %}',
        '{{ "x" if mine in ["NO_SHOW", none] else "y" }}',
        '{% if export.status != "waiting" %}x{% endif %}',
        '{% if "open" == run.join_state %}x{% endif %}',
    ],
)
def test_templates_do_not_decide_by_status(bad):
    assert lints.template_decisions(Environment(autoescape=True).parse(bad))


@pytest.mark.parametrize(
    "good",
    [
        '{% if "leave" in admission.actions %}x{% endif %}',
        '{% if view == "map" and pages > 1 and state == other.state %}x{% endif %}',
        '<input name="status" value="GOING">',
    ],
)
def test_templates_may_look_at_plain_values(good):
    assert not lints.template_decisions(Environment(autoescape=True).parse(good))


def test_lines_of_templates_end():
    assert lints.long_lines("x" * 120) == []
    assert lints.long_lines("x\n" + "x" * 121)


@pytest.mark.parametrize(
    "bad",
    ["p { \n margin-left: 1px; }", "p {\n left: 0 }", "p {\n text-align: right }", "p {\n  border-right-color: red }"],
)
def test_sides_in_stylesheets_are_logical(bad):
    assert lints.physical_css(bad)
    assert not lints.physical_css("p {\n margin-inline-start: 1px; inset-inline-end: 0 }\n/* left: it was */")


@pytest.mark.parametrize(
    ("inner", "bad"),
    [
        ("SELECT * FROM roles AS r, runs WHERE r.run_id = runs.id", {"runs"}),
        ("SELECT * FROM roles AS r WHERE r.run_id = runs.id", set()),
        ("SELECT * FROM roles AS r, crews WHERE r.run_id = runs.id AND crews.id = r.crew_id", set()),
        ("SELECT * FROM roles AS r JOIN runs ON r.run_id = runs.id", set()),
        ("SELECT count(*) FROM a, asked WHERE asked.a IS DISTINCT FROM a.id GROUP BY a.b", {"asked"}),
    ],
)
def test_a_subquery_that_is_not_correlated_is_found(inner, bad):
    around = f"(SELECT 1 FROM asked WHERE asked.run_id = runs.id AND EXISTS ({inner}))"
    assert shadowed(f"SELECT runs.id FROM runs WHERE EXISTS {around} ORDER BY runs.id") == bad
    assert shadowed(f"SELECT runs.id, {around} AS x FROM runs") == bad


def test_a_column_that_is_compared_with_itself_is_found():
    assert compared_with_itself("SELECT 1 FROM runs WHERE runs.id = runs.id")
    assert not compared_with_itself("SELECT 1 FROM runs WHERE runs.id = other_runs.id")
