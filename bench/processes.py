"""Read what processes cost from /proc: their own time on the processors, and their memory."""

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# man 5 proc: fields of /proc/PID/stat, counted from the state on. The times are those in the
# program and in the kernel, of the process and of its children that have ended.
_PARENT, _TIMES = 1, slice(11, 15)


def cpu_seconds(root: int) -> float:
    """Return the processor time that `root` and all below it have used, the ended ones too."""
    ticks = 0
    for pid in tree(root):
        ticks += sum(map(int, _stat(pid)[_TIMES]))
    return ticks / _TICKS


def megabytes(root: int) -> float:
    """Return the memory of `root` and all below it, what they share counted once (PSS)."""
    total = 0
    for pid in tree(root):
        try:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # it has ended
            continue
        total += sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
    return total / 1024


def tree(root: int) -> list[int]:
    """Return `root` and all processes below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").iterdir():
        if path.name.isdecimal() and (fields := _stat(int(path.name))):
            children[int(fields[_PARENT])].append(int(path.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, none where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
