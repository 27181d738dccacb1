"""`make bench`: prints Hampa's figures as a table, and as JSON with `--json FILE`.

Speeds are ratios against the yardstick (`yardstick.py`) in the same run: short rounds of the two are interleaved, so that
whatever else the machine does falls on both, and the median of the rounds' ratios is taken. CPU milliseconds a request
stand beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import figures, shares


@dataclass(frozen=True)
class Figure:
    """One line of the table. `least` or `most` is what we mean to hold; None where it is only told."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def held(self) -> bool | None:
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


def table(found: list[Figure]) -> str:
    """Return the figures as text, one a line."""
    width = max(len(figure.name) for figure in found)
    lines = []
    for figure in found:
        aim = (
            f"≥ {figure.least:g}"
            if figure.least is not None
            else f"≤ {figure.most:g}"
            if figure.most is not None
            else ""
        )
        mark = {True: "held", False: "SHORT", None: ""}[figure.held]
        lines.append(
            f"{figure.name:<{width}}  {figure.value:>9.2f} {figure.unit:<10} {aim:>8}  {mark:<5}  {figure.note}"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure what is asked for; the exit status is 0 whatever the figures are: they are told, not asserted."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--only", nargs="*", choices=sorted(figures.GROUPS), help="measure only these groups")
    parser.add_argument(
        "--rows", nargs="*", default=[], metavar="WORD", help="of pages and lists of the API, only those with a word"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", nargs="*", metavar="WORD", help="tell instead where the time of pages goes")
    parser.add_argument("--home", type=Path, help="keep the databases here, for the next time")
    chosen = parser.parse_args()

    home = chosen.home or Path(tempfile.mkdtemp(prefix="hampa-bench-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    found: list[Figure] = []

    def tell(name: str, value: float, unit: str, **more: object) -> None:
        found.append(Figure(name, value, unit, **more))  # type: ignore[arg-type]
        print(table(found[-1:]), flush=True)

    try:
        if chosen.profile is not None:
            shares.tell(home, chosen.profile)
            return 0
        for group in chosen.only or figures.GROUPS:
            measure: Callable[..., None] = figures.GROUPS[group]
            more = {"words": chosen.rows} if group in ("pages", "api") else {}
            measure(home, tell, seconds=chosen.seconds, rounds=chosen.rounds, **more)
    finally:
        from hampa.platform import embedded

        embedded.stop(home)
        if chosen.home is None:
            shutil.rmtree(home, ignore_errors=True)
    print("\n" + table(found))
    if chosen.json:
        machine = {"cores": os.cpu_count(), "python": sys.version.split()[0]}
        chosen.json.write_text(json.dumps({"machine": machine, "figures": [asdict(f) for f in found]}, indent=2) + "\n")
    return 0


def median(values: list[float]) -> float:
    """Return the middle value."""
    return statistics.median(values) if values else float("nan")


if __name__ == "__main__":
    sys.exit(main())
