"""What Jinja does hundreds of times for a page, without further questions: calls, escaping, and contexts of its parts.

Before a call Jinja looks each thing up twice; functions that all templates have are called by the compiled template itself.
Markup is not escaped anew. For each context Jinja goes through all globals, in a chain of mappings that is written in
Python.
"""

from collections import ChainMap
from keyword import iskeyword as is_python_keyword
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, cast

from flask import Flask
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.runtime import Context, Macro, new_context
from jinja2.utils import _PassArg
from markupsafe import Markup, _escape_inner, escape


class QuickContext(Context):
    """A context that calls macros and plain functions without further questions."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls; what wants the whole context, and callable objects, is left to Jinja."""
        kind = type(__obj)
        if kind is Macro:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return __obj(__self.eval_ctx, *args, **kwargs)
        if kind in _CALLABLE:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return __obj(*args, **kwargs)
        if kind in _PLAIN:
            wanted = getattr(__obj, "jinja_pass_arg", None)
            if wanted is None or wanted is _PassArg.eval_context:
                kwargs.pop("_loop_vars", None)
                kwargs.pop("_block_vars", None)
                return __obj(*args, **kwargs) if wanted is None else __obj(__self.eval_ctx, *args, **kwargs)
        return super().call(__obj, *args, **kwargs)


class QuickTemplate(Template):
    """A template whose context is made of the globals of the environment, if it has none of its own."""

    def new_context(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Context:
        """Return a new context, as Jinja does."""
        known: Any = self.globals
        if type(known) is ChainMap and len(known.maps) == 2 and not known.maps[0]:
            known = known.maps[1]
        return new_context(self.environment, self.name, self.blocks, vars, shared, known, locals)


class QuickGenerator(CodeGenerator):
    """Compiles templates that call functions of the environment themselves, and leave markup as it is."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Write a call."""
        first = None if forward_caller else self._first_argument(node, frame)
        if first is None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write(f"({first}")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        for keyword in node.kwargs:
            self.visit(keyword, frame)
            self.write(", ")
        self.write(")")

    def _first_argument(self, node: nodes.Call, frame: Frame) -> str | None:
        """Return what a function of the environment takes before its arguments; None for a call that Jinja has to make."""
        if not isinstance(node.node, nodes.Name) or node.dyn_args is not None or node.dyn_kwargs is not None:
            return None
        if any(is_python_keyword(keyword.key) for keyword in node.kwargs):
            return None
        name = node.node.name
        place = frame.symbols.find_ref(name)
        if place is None or frame.symbols.find_load(place) != (VAR_LOAD_RESOLVE, name):
            return None  # a variable of the template
        return first_argument(self.environment.globals.get(name))

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """Write what stands before a value that is put out."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


def first_argument(function: Any) -> str | None:
    """Return what is written before the arguments of a global that a template calls itself, or None for any other."""
    return _FIRST.get(getattr(function, "jinja_pass_arg", None)) if type(function) in _PLAIN else None


def escaped(value: Any) -> str:
    """Return a value as it is put out: joined with what stands around it, it need not be an object of `Markup` itself."""
    kind = type(value)
    if kind is Markup:
        return cast(str, value)
    if kind is str:
        return _escape_inner(value)
    return str(value) if kind is int else escape(value)


_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType})
_FIRST = {None: "", _PassArg.eval_context: "context.eval_ctx, "}
_CALLABLE: set[type] = set()


def is_called_plainly(kind: type) -> type:
    """Let templates call objects of a class, which want nothing of a template, without further questions."""
    _CALLABLE.add(kind)
    return kind


def init_app(app: Flask) -> None:
    """Have templates use the quick context."""
    app.jinja_env.context_class = QuickContext
    app.jinja_env.template_class = QuickTemplate
    app.jinja_env.code_generator_class = QuickGenerator
    app.jinja_env.escaped = escaped  # type: ignore[attr-defined]
