"""Compiled templates are kept for the next process, and never used where they could be wrong or another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest

from hampa.platform.web import template_calls
from hampa.platform.web.template_cache import TemplateCache


def greet() -> str:
    return "hello"


class Templates(jinja2.Environment):
    """An environment as the application has one, which notes what it compiles."""

    def __init__(self, folder: Path, source: str = "{{ greet() }}, {{ name }}") -> None:
        super().__init__(loader=jinja2.DictLoader({"page.html": source}), autoescape=True)
        self.code_generator_class = template_calls.QuickGenerator
        self.escaped = template_calls.escaped
        self.globals["greet"] = greet
        self.compiled: list[str | None] = []
        self.bytecode_cache = TemplateCache(self, folder)

    def compile(self, source: Any, name: str | None = None, *more: Any, **others: Any) -> Any:
        """Compile a template."""
        self.compiled.append(name)
        return super().compile(source, name, *more, **others)

    def page(self) -> str:
        """Return the page."""
        return self.get_template("page.html").render(name="<Sara>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which the page is kept."""
    made = Templates(tmp_path / "cache" / "templates")
    assert made.page() == "hello, &lt;Sara&gt;"
    assert made.compiled == ["page.html"]
    return tmp_path / "cache" / "templates"


def test_the_next_process_compiles_nothing(folder: Path) -> None:
    again = Templates(folder)
    assert again.page() == "hello, &lt;Sara&gt;"
    assert again.compiled == []
    assert folder.stat().st_mode & 0o077 == 0


def test_a_changed_template_is_compiled_and_kept(folder: Path) -> None:
    assert Templates(folder, "{{ name }}!").page() == "&lt;Sara&gt;!"
    again = Templates(folder, "{{ name }}!")
    assert again.page() == "&lt;Sara&gt;!"
    assert again.compiled == []


def test_what_compiles_otherwise_uses_none_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another = Templates(folder)
    another.globals["greet"] = jinja2.pass_eval_context(lambda context: f"escaping {context.autoescape}")
    assert another.page() == "escaping True, &lt;Sara&gt;"
    trimming = Templates(folder)
    trimming.trim_blocks = True
    trimming.page()
    monkeypatch.setattr("hampa.platform.web.template_cache.COMPILERS", (template_calls, jinja2.compiler))
    newer = Templates(folder)
    newer.page()
    assert another.compiled == trimming.compiled == newer.compiled == ["page.html"]


@pytest.mark.parametrize("length", [0, 3, 40, 150])
def test_a_file_that_breaks_off_is_written_anew(folder: Path, length: int) -> None:
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:length])
    again = Templates(folder)
    assert again.page() == "hello, &lt;Sara&gt;"
    assert again.compiled == ["page.html"]
    assert Templates(folder).page() == "hello, &lt;Sara&gt;"


def test_a_folder_that_others_write_into_is_not_used(folder: Path) -> None:
    for mode in (0o770, 0o707):
        folder.chmod(mode)
        again = Templates(folder)
        assert again.page() == "hello, &lt;Sara&gt;"
        assert again.compiled == ["page.html"]


def test_nor_is_one_of_somebody_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: folder.stat().st_uid + 1)
    again = Templates(folder)
    assert again.page() == "hello, &lt;Sara&gt;"
    assert again.compiled == ["page.html"]


def test_without_a_folder_pages_are_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = Templates(tmp_path / "file" / "templates")
    assert made.page() == "hello, &lt;Sara&gt;"
