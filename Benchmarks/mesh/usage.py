"""What processes use: CPU time and memory, from /proc."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return [0, 0, 0, 0]
    return [int(field) for field in text.rpartition(")")[2].split()[11:15]]


def cpu_seconds(pid):
    """User and system time of one process, all threads."""
    return sum(_stat(pid)[:2]) / TICKS


def family_cpu_seconds(pid):
    """The same of a process and its children, those that have ended included."""
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        children = []
    return (sum(_stat(pid)) + sum(sum(_stat(child)[:2]) for child in children)) / TICKS


def memory_mib(pid, field="VmRSS"):
    """Resident memory now, or its highest (VmHWM)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0
