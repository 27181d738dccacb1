"""The dots between facts in a line of a page: a line may end with one, but none begins with it."""

import re
from collections.abc import Iterator

from flask import Flask
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

_BEFORE_DOT = re.compile(r"\s+·(?=\s)")


class KeptDots(Extension):
    """Dots in the markup of pages that stay with the words before them."""

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterator[Token]:
        """Return the tokens of a template, with spaces before dots that no line breaks; texts of SMS stay as they are."""
        return stream if (stream.name or "").endswith(".txt") else _keeping_dots(stream)


def _keeping_dots(stream: TokenStream) -> Iterator[Token]:
    for token in stream:
        if token.type == "data" and "·" in token.value:
            yield Token(token.lineno, token.type, _BEFORE_DOT.sub("\u00a0·", token.value))
        else:
            yield token


def init_app(app: Flask) -> None:
    """Have the templates of the application keep dots with what stands before them."""
    app.jinja_env.add_extension(KeptDots)
