"""The memory of the process that measures."""

from pathlib import Path

STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGET_PEAK = "5"


def most_megabytes() -> float:
    """Return the most memory that this program had so far, in MB.

    `ru_maxrss` would not tell it: it begins with what the process had before `exec`, which is the memory of the bench.
    """
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines["VmHWM"].removesuffix("kB")) / 1024


def forget_peak() -> None:
    """Let `most_megabytes` begin with what the program has now (proc(5), `clear_refs`)."""
    REFERENCES.write_text(FORGET_PEAK)
