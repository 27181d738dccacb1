"""The laws that are read off the source: each function lists what breaks one, in words that say what to do instead.

`test_lints.py` shows each of them a small bad example, `test_source.py` the house itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

FILE_LINES = 400
VIEW_LINES = 40
TEMPLATE_LINES = 120
CONFTEST_LINES = 200

VAGUE = re.compile(r"(?:^|_)(utils?|helpers?|commons?|managers?|misc|stuff)(?:_|$)", re.IGNORECASE)
ROUTES = {"route", "get", "post", "put", "patch", "delete"}
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
    """Views that do more than permission, form, one question or one action, commit, reply."""
    found = []
    for view in views(tree):
        lines = (view.end_lineno or view.lineno) - view.lineno + 1
        if lines > VIEW_LINES:
            found.append(f"{view.name} has {lines} lines, {VIEW_LINES} at most: what a job would need too is an action")
    return found


def views(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions that answer a route."""
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
    """Looks at the environment: only `platform/config.py` declares variables, only an entry point hands it over."""
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
    """Commits: views, commands and jobs make them, once; nothing below does."""
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


def _is_entry_point(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Whether a function answers a route, or is a job."""
    if not isinstance(node, ast.FunctionDef):
        return False
    return any(
        _is_route(mark) or (isinstance(mark, ast.Call) and _called(mark) == "job") for mark in node.decorator_list
    )


def other_clocks(tree: ast.Module) -> list[str]:
    """Times asked of somebody else than `platform.clock`, which tests can stop."""
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


def enqueued(tree: ast.Module) -> Iterator[str]:
    """The names of the jobs that are put into the queue."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node) in ("enqueue", "nudge"):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes of models, actions, jobs and the platform that don't say what they are."""
    found = [] if ast.get_docstring(tree) else ["the file does not say what it is for"]
    for node in tree.body:
        named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if named and not node.name.startswith("_") and not ast.get_docstring(node):
            found.append(f"line {node.lineno}: {node.name} has no docstring")
    return found


def unfinished(source: str) -> list[str]:
    """Marks of work left over."""
    lines = enumerate(source.splitlines(), 1)
    return [f"line {n}: {line.strip()}: finish it, or file an issue" for n, line in lines if UNFINISHED.search(line)]


def template_faults(source: str) -> list[str]:
    """What a template may not have, whatever it is rendered with."""
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


def physical_css(source: str) -> list[str]:
    """Left and right: right-to-left is the same stylesheet, so sides are called start and end."""
    bare = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), source)
    return [
        f"line {bare.count(chr(10), 0, hit.start()) + 1}: {hit.group().strip()}: say start or end (inline-start)"
        for hit in PHYSICAL.finditer(bare)
    ]
