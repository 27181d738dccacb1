"""Calls in templates: a page makes hundreds, of macros most of all, and Jinja looks each thing up twice before it calls."""

from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from flask import Flask
from jinja2.runtime import Context, Macro
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


_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType})


def init_app(app: Flask) -> None:
    """Have templates use the quick context."""
    app.jinja_env.context_class = QuickContext
