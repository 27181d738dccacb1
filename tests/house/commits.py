"""Check the subjects of commits: imperative, at most 72 characters. `python -m tests.house.commits`."""

from __future__ import annotations

import re
import subprocess
import sys

FIRST = "ba2735aecd32706ba0842cc27f222efd84752d3f"
"""The last commit before the rule; its successors are checked."""
LONGEST = 72
NOT_IMPERATIVE = re.compile(r"^(\w+(?<!re)(?<!ne)(?<!e)ed|\w+ing|Adds|Fixes|Makes|Moves|Renames|Uses|Removes)\b")
IMPERATIVES = ("Bring", "Embed", "Feed", "Need", "Proceed", "Ring", "Seed", "Speed", "Spring", "Shed", "Wed")


def faults(subject: str) -> list[str]:
    """Return what is wrong with a subject, in words."""
    found = []
    if len(subject) > LONGEST:
        found.append(f"{len(subject)} characters, {LONGEST} at most")
    if not subject[:1].isupper():
        found.append("begins with a small letter")
    if subject.endswith("."):
        found.append("ends with a full stop")
    if NOT_IMPERATIVE.match(subject) and not subject.startswith(IMPERATIVES):
        found.append("is not imperative")
    return found


def subjects() -> list[tuple[str, str]]:
    """Return the short hash and the subject of each commit since `FIRST`; none where the history is not at hand."""
    known = subprocess.run(["git", "cat-file", "-e", f"{FIRST}^{{commit}}"], capture_output=True, check=False)
    if known.returncode:
        return []
    log = ["git", "log", "--format=%h %s", f"{FIRST}..HEAD"]
    lines = subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def main() -> int:
    """Print each fault; the exit status says whether there was one."""
    bad = [(commit, subject, reasons) for commit, subject in subjects() if (reasons := faults(subject))]
    for commit, subject, reasons in bad:
        print(f"{commit} {subject}: {'; '.join(reasons)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
