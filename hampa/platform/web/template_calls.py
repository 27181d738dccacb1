"""What Jinja does hundreds of times for a page, without further questions: calls, and contexts of parts of the page.

Before a call Jinja looks each thing up twice. For each context it goes through all globals, in a chain of mappings that
is written in Python.
"""

from collections import ChainMap
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from flask import Flask
from jinja2 import Template
from jinja2.runtime import Context, Macro, new_context
from jinja2.utils import _PassArg


class QuickContext(Context):
    """A context that calls macros and plain functions without further questions."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls; what wants the whole context, and callable objects, is left to Jinja."""
        kind = type(__obj)
        if kind is Macro:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return __obj(__self.eval_ctx, *args, **kwargs)
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


_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType})


def init_app(app: Flask) -> None:
    """Have templates use the quick context."""
    app.jinja_env.context_class = QuickContext
    app.jinja_env.template_class = QuickTemplate
