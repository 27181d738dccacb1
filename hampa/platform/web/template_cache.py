"""Compiled templates that are kept in a folder, so that a process need not compile them anew: all of them take seconds."""

import contextlib
import hashlib
import inspect
import os
import pickle
import stat
from functools import cached_property
from pathlib import Path

import jinja2
from flask import Flask
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from hampa.platform.config import Settings
from hampa.platform.web import separators, template_calls

COMPILERS = (separators, template_calls)
"""The modules of ours that change what Jinja makes of a template."""


class TemplateCache(FileSystemBytecodeCache):
    """Jinja's cache of compiled templates in a folder of this user alone; without such a folder it keeps nothing."""

    def __init__(self, environment: jinja2.Environment, folder: Path) -> None:
        super().__init__(str(folder))
        self.environment = environment
        self.folder = folder

    @cached_property
    def compiler(self) -> str:
        """A digest of what the code of a template depends on beside its source, once all functions are registered."""
        environment = self.environment
        functions = sorted(
            (name, str(template_calls.first_argument(value))) for name, value in environment.globals.items()
        )
        ways = environment.trim_blocks, environment.lstrip_blocks, sorted(environment.extensions), functions
        parts = [jinja2.__version__, str(ways), *map(inspect.getsource, COMPILERS)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of the source and of what compiles it."""
        return hashlib.sha256(f"{self.compiler}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a template; a file that breaks off counts as none."""
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            if self._is_private():
                super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a template, if the folder takes it."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_private():
                super().dump_bytecode(bucket)

    def _is_private(self) -> bool:
        """Return whether nobody else writes into the folder: what lies there is run."""
        found = self.folder.stat()
        return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def init_app(app: Flask) -> None:
    """Keep what the templates of the application are compiled to."""
    settings: Settings = app.extensions["hampa.settings"]
    app.jinja_env.bytecode_cache = TemplateCache(app.jinja_env, settings.cache / "templates")
