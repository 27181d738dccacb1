"""The laws that are read off the source: each function lists what breaks one, in words that say what to do instead.

`test_lints.py` shows each of them a small bad example, `test_source.py` the house itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeGuard

from jinja2 import nodes

FILE_LINES = 400
VIEW_LINES = 40
FUNCTION_LINES = 50
TEMPLATE_LINES = 120
TEMPLATE_COLUMNS = 120
CONFTEST_LINES = 200

VAGUE = re.compile(r"(?:^|_)(utils?|helpers?|commons?|managers?|misc|stuff)(?:_|$)", re.IGNORECASE)
ROUTES = {"route", "get", "post", "put", "patch", "delete"}
HALF_MERGED = re.compile(rb"^(<{7} |>{7} |={7}$)", re.MULTILINE)
UNFINISHED = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
PHYSICAL = re.compile(
    r"^\s*(?:(?:margin|padding|border|inset)-(?:left|right)\b|(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right))",
    re.MULTILINE,
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INLINE = re.compile(
    r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", re.IGNORECASE
)
BARE_HTMX = re.compile(r"\shx-[a-z-]+=")
UNSAFE = re.compile(r"\|\s*safe\b|{%-?\s*autoescape\s+false")
STATUS = re.compile(r"(?:^|_)(?:status|state|outcome)$")
STATUS_LITERAL = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*")
TYPED_DIGITS = re.compile(r"[۰-۹٠-٩]")


def long_files(sizes: dict[str, int]) -> list[str]:
    """Files by their path, with their lines, that have grown too long."""
    found = []
    for path, lines in sizes.items():
        if path.endswith("conftest.py"):
            most, cure = CONFTEST_LINES, "put fixtures beside the tests that need them"
        elif path.endswith(".html"):
            most, cure = TEMPLATE_LINES, "take a part out as a macro or a file of its own"
        else:
            most, cure = FILE_LINES, "make it a folder by noun (views/series.py)"
        if lines > most:
            found.append(f"{path} has {lines} lines, {most} at most: {cure}")
    return found


def long_views(tree: ast.Module) -> list[str]:
    """Find views that do more than permission, form, one question or one action, commit, reply."""
    found = []
    for view in views(tree):
        lines = (view.end_lineno or view.lineno) - view.lineno + 1
        if lines > VIEW_LINES:
            found.append(f"{view.name} has {lines} lines, {VIEW_LINES} at most: what a job would need too is an action")
    return found


def long_functions(tree: ast.Module) -> dict[str, str]:
    """Functions that are longer than a screen, by name, which have to be split by what their parts are called."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}
    return {
        name: f"{name} has {lines} lines, {FUNCTION_LINES} at most: give its parts names"
        for name, lines in sizes.items()
        if lines > FUNCTION_LINES
    }


def views(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that answer a route."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(_is_route(mark) for mark in node.decorator_list):
            yield node


def _is_route(mark: ast.expr) -> bool:
    if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in ROUTES):
        return False
    return isinstance(mark.func.value, ast.Name) and mark.func.value.id in ("blueprint", "app")


def vague_names(tree: ast.Module, path: str) -> list[str]:
    """Names that say nothing: a place for everything is a place for nothing."""
    parts = [part.removesuffix(".py") for part in Path(path).parts]
    names = [(0, part) for part in parts]
    names += [(n.lineno, n.name) for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    return [f"{path}:{line}: “{name}” says nothing: name the noun" for line, name in names if VAGUE.search(snake(name))]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def environment_reads(tree: ast.Module) -> list[str]:
    """Find reads of the environment: only `platform/config.py` declares variables, only entry points pass it on."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="getenv" | "environb"):
                found.append(f"line {node.lineno}: os.{node.attr}: declare the variable in platform/config.py")
            case (
                ast.Subscript(value=ast.Attribute(value=ast.Name(id="os"), attr="environ"))
                | ast.Call(
                    func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="os"), attr="environ"), attr="get" | "pop")
                )
            ):
                found.append(f"line {node.lineno}: os.environ is read: declare the variable in platform/config.py")
            case ast.ImportFrom(module="os", names=names) if {"environ", "getenv"} & {n.name for n in names}:
                found.append(f"line {node.lineno}: the environment is imported: declare it in platform/config.py")
    return found


def commits(tree: ast.Module) -> list[str]:
    """Find commits: views, commands and jobs make them, once; nothing below does."""
    entries = [range(f.lineno, (f.end_lineno or f.lineno) + 1) for f in ast.walk(tree) if _is_entry_point(f)]
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="db"), attr="session"), attr="commit")
            ):
                if not any(node.lineno in lines for lines in entries):
                    found.append(
                        f"line {node.lineno}: commits; leave that to the view, the command or the job that called"
                    )
    return found


DATABASE_ERRORS = {
    "SQLAlchemyError",
    "DBAPIError",
    "DatabaseError",
    "DataError",
    "InterfaceError",
    "InternalError",
    "OperationalError",
    "ProgrammingError",
    "StaleDataError",
}


def swallowed_database_errors(tree: ast.Module) -> list[str]:
    """Handlers of database errors whose stack does not get into the log."""
    return [
        f"line {node.lineno}: swallows a database error: log its stack with log.exception or exc_info, or raise it again"
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and DATABASE_ERRORS & _names_in(node.type) and not _logs_stack(node)
    ]


def _names_in(node: ast.expr | None) -> set[str]:
    names = (
        one.id if isinstance(one, ast.Name) else one.attr
        for one in (ast.walk(node) if node else ())
        if isinstance(one, ast.Name | ast.Attribute)
    )
    return set(names)


def _logs_stack(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return True
    calls = [node for node in ast.walk(handler) if isinstance(node, ast.Call)]
    return any(
        isinstance(call.func, ast.Attribute)
        and (call.func.attr == "exception" or any(keyword.arg == "exc_info" for keyword in call.keywords))
        for call in calls
    )


def _is_entry_point(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Whether a function answers a route, or is a job."""
    if not isinstance(node, ast.FunctionDef):
        return False
    return any(
        _is_route(mark) or (isinstance(mark, ast.Call) and _called(mark) == "job") for mark in node.decorator_list
    )


def attempt_returns(tree: ast.Module) -> list[str]:
    """Find returns inside `with attempt(…)`: the commit comes after them, and its refusal would pass for success."""
    attempts = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        and any(isinstance(i.context_expr, ast.Call) and _called(i.context_expr) == "attempt" for i in node.items)
    ]
    return [
        f"line {node.lineno}: returns before the attempt has committed; ask `form.errors` after the block instead"
        for block in attempts
        for node in ast.walk(block)
        if isinstance(node, ast.Return)
    ]


def other_clocks(tree: ast.Module) -> list[str]:
    """Find other clocks than `platform.clock`, which tests can stop."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="now" | "utcnow" | "today")):
                found.append(f"line {node.lineno}: the time of day: ask platform.clock.now()")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="time")):
                found.append(f"line {node.lineno}: time.time(): ask platform.clock.now()")
    return found


def offsets(tree: ast.Module) -> list[str]:
    """OFFSET: a list costs more the further one reads it; page by key (`platform.web.paging`)."""
    found = [
        f"line {n.lineno}: .offset(): page by key, see platform/web/paging.py"
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "offset"
    ]
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return found + [f"line {n.lineno}: OFFSET: page by key" for n in texts if re.search(r"\bOFFSET\s+[:%\d]", n.value)]


def unready_aliases(tree: ast.Module) -> list[str]:
    """Aliases of a module, which its threads share, and whose columns two of them may ask for at once."""
    return [
        f"line {node.lineno}: aliased() in a module: shared_alias() of platform/db.py makes one for all threads"
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call)
        if _called(node.value) == "aliased"
    ]


def enqueued(tree: ast.Module) -> Iterator[str]:
    """Yield the names of the jobs that are enqueued."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node) in ("enqueue", "nudge"):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def notify_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls of `notify`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "notify" and len(node.args) > 1:
            yield node


def kinds_of(call: ast.Call) -> set[str]:
    """Return the kinds that a call of `notify` names; none when they are not literals."""
    kind = call.args[1]
    options = [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]
    return {option.value for option in options if isinstance(option, ast.Constant)}


def dictionaries(trees: Iterable[ast.Module]) -> dict[str, ast.Dict]:
    """Return the dictionaries that functions return, by the names of the functions."""
    functions = (node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef))
    return {
        function.name: last.value
        for function in functions
        if isinstance(last := function.body[-1], ast.Return) and isinstance(last.value, ast.Dict)
    }


def notify_faults(
    tree: ast.Module, fields: dict[str, tuple[str, ...]], functions: dict[str, ast.Dict]
) -> Iterator[str]:
    """Notifications of kinds that nobody registers, or without some of the fields (by kind) that their words need."""
    for call in notify_calls(tree):
        data = next((keyword.value for keyword in call.keywords if keyword.arg == "data"), call)
        if not (kinds := kinds_of(call)) or (keys := _keys(data, functions)) is None:
            yield f"line {call.lineno}: name the kind, and write the data, where notify is called"
            continue
        for kind in kinds:
            if kind not in fields:
                yield f"line {call.lineno}: no feature registers {kind}: see notices.py of the features"
            elif missing := set(fields[kind]) - keys:
                yield f"line {call.lineno}: a notification of kind {kind} needs {', '.join(sorted(missing))}"


def _keys(data: ast.expr | None, functions: dict[str, ast.Dict]) -> set[str] | None:
    """Return the keys of a dictionary that is a literal, or returned by one of these functions."""
    parts: list[set[str] | None]
    match data:
        case ast.Dict(keys=keys, values=values):
            parts = [_keys(value, functions) for key, value in zip(keys, values, strict=True) if key is None]
            parts.append({key.value for key in keys if isinstance(key, ast.Constant)})
        case ast.Call() if _called(data) in functions:
            parts = [_keys(functions[_called(data)], functions)]
        case _:
            return None
    return set().union(*(part for part in parts if part)) if None not in parts else None


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes of models, actions, jobs and the platform that don't say what they are."""
    found = [] if ast.get_docstring(tree) else ["the file does not say what it is for"]
    for node in tree.body:
        named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if named and not node.name.startswith("_") and not ast.get_docstring(node):
            found.append(f"line {node.lineno}: {node.name} has no docstring")
    return found


def unfinished(source: str) -> list[str]:
    """Find marks of unfinished work."""
    lines = enumerate(source.splitlines(), 1)
    return [f"line {n}: {line.strip()}: finish it, or file an issue" for n, line in lines if UNFINISHED.search(line)]


def template_faults(source: str) -> list[str]:
    """Find what a template may not contain, whatever it is rendered with."""
    rules = (
        (INLINE, "inline style or script, which the policy refuses"),
        (BARE_HTMX, "a bare hx- attribute: write data-hx-"),
        (UNSAFE, "markup that is not escaped: make it safe where it is made (Markup), not here"),
        (TYPED_DIGITS, "digits typed by hand: let the filters write them"),
    )
    return [
        f"line {source.count(chr(10), 0, hit.start()) + 1}: {what}"
        for rule, what in rules
        for hit in rule.finditer(source)
    ]


def long_lines(source: str) -> list[str]:
    """Lines of a template that are too long to be read."""
    lines = enumerate(source.splitlines(), 1)
    return [
        f"line {n}: {len(line)} characters, {TEMPLATE_COLUMNS} at most: break it between arguments or attributes"
        for n, line in lines
        if len(line) > TEMPLATE_COLUMNS
    ]


def template_decisions(tree: nodes.Template) -> list[str]:
    """Comparisons with a status in a template: what may be done is decided in Python."""
    found = []
    for comparison in tree.find_all(nodes.Compare):
        sides = [comparison.expr, *(operand.expr for operand in comparison.ops)]
        compares_status = any(isinstance(side, nodes.Getattr) and STATUS.search(side.attr) for side in sides)
        literals = [const.value for side in sides for const in _constants(side) if isinstance(const.value, str)]
        if any(STATUS_LITERAL.fullmatch(value) for value in literals) or (compares_status and literals):
            found.append(
                f"line {comparison.lineno}: compares a status: let the model, the query or admission.py decide, and"
                " hand over a plain value (allowed_actions, is_open)"
            )
    return found


def _constants(node: nodes.Node) -> Iterator[nodes.Const]:
    if isinstance(node, nodes.Const):
        yield node
    yield from node.find_all(nodes.Const)


def physical_css(source: str) -> list[str]:
    """Left and right: right-to-left is the same stylesheet, so sides are called start and end."""
    bare = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), source)
    return [
        f"line {bare.count(chr(10), 0, hit.start()) + 1}: {hit.group().strip()}: say start or end (inline-start)"
        for hit in PHYSICAL.finditer(bare)
    ]
