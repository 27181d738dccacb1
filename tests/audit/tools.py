"""Tools that no library of Python has: Lighthouse and the Nu checker, fetched from npm at these versions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv" / "audit"
PACKAGES = ("lighthouse@12.8.2", "vnu-jar@26.9.27")
IGNORED: dict[str, str] = {}
"""What the Nu checker says and is wrong, by the beginning of its words, each with the reason."""
BATCH = 400
"""So many files are given to one run of the checker."""
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def install() -> None:
    """Fetch the tools, unless these versions are there."""
    for program in ("node", "npm", "java"):
        if shutil.which(program) is None:
            raise SystemExit(f"The audit needs {program}.")
    stamp = FOLDER / "versions"
    if stamp.exists() and stamp.read_text() == " ".join(PACKAGES):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    # The scripts of packages are not run: one would fetch a Java.
    command = ["npm", "install", "--prefix", str(FOLDER), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run([*command, *PACKAGES], check=True, stdout=subprocess.DEVNULL)
    stamp.write_text(" ".join(PACKAGES))


def check_html(files: Sequence[Path]) -> list[str]:
    """Return what the Nu checker says of files of HTML, each with the last line of its file."""
    checker = FOLDER / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    found = []
    for start in range(0, len(files), BATCH):
        batch = [str(path) for path in files[start : start + BATCH]]
        command = [
            "java",
            "-Xmx700m",
            "-jar",
            str(checker),
            "--format",
            "json",
            "--stdout",
            "--exit-zero-always",
            *batch,
        ]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for message in json.loads(answer)["messages"]:
            if message["message"].startswith(tuple(IGNORED)):
                continue
            path = Path(message["url"].removeprefix("file:"))
            asked = path.read_text().strip().splitlines()[-1]
            extract = " ".join(message.get("extract", "").split())
            found.append(f"{message.get('subType', message['type'])}: {message['message']} {extract} {asked}")
    return found


@dataclass(frozen=True)
class Figures:
    """What Lighthouse says of a page: marks of 100 by category, times in milliseconds, the shift, and bytes.

    `benchmark` says how fast the machine was meanwhile: below 1,000 it was busy, and the times say little.
    """

    marks: dict[str, int]
    largest_paint: float
    blocking: float
    shift: float
    bytes: int
    benchmark: float
    remarks: tuple[str, ...] = ()


def run_lighthouse(chromium: str, url: str, headers: dict[str, str]) -> Figures:
    """Return what Lighthouse says of a page on a phone, with its own throttling; it sometimes misses a page's start."""
    result = _lighthouse(chromium, url, headers)
    return read(_lighthouse(chromium, url, headers) if "runtimeError" in result else result)


def _lighthouse(chromium: str, url: str, headers: dict[str, str]) -> dict[str, Any]:
    program = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        subprocess.run(
            [
                "node",
                str(program),
                url,
                "--quiet",
                f"--chrome-flags={CHROME}",
                f"--extra-headers={json.dumps(headers)}",
                f"--only-categories={','.join(CATEGORIES)}",
                "--output=json",
                f"--output-path={result}",
            ],
            check=False,
            env={**os.environ, "CHROME_PATH": chromium},
            stdout=subprocess.DEVNULL,
        )
        return dict(json.loads(result.read_text()))


def read(result: dict[str, Any]) -> Figures:
    """Return the figures of a result of Lighthouse."""
    audits, categories = result["audits"], result["categories"]
    refused = [
        f"{category}: {audits[part['id']]['title']}"
        for category in CATEGORIES
        for part in categories[category]["auditRefs"]
        if category != "performance" and part["weight"] and audits[part["id"]]["score"] not in (None, 1)
    ]
    return Figures(
        {category: round(100 * (categories[category]["score"] or 0)) for category in CATEGORIES},
        audits["largest-contentful-paint"]["numericValue"],
        audits["total-blocking-time"]["numericValue"],
        audits["cumulative-layout-shift"]["numericValue"],
        int(audits["total-byte-weight"]["numericValue"]),
        result["environment"]["benchmarkIndex"],
        tuple(refused),
    )
