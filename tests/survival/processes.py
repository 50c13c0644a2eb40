# SPDX-License-Identifier: ISC
"""What processes hold: for tests that see whether it is bounded, and whether it grows."""
import os
import re


def descendants(top):
    """pid -> name, of all processes below TOP."""
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="latin1") as file:
                stat = file.read()
        except OSError:
            continue  # it has ended
        pid, name = int(entry), stat[stat.index("(") + 1:stat.rindex(")")]
        parents[pid], names[pid] = int(stat[stat.rindex(")") + 2:].split()[1]), name
    found = {}
    for pid in parents:
        above = parents[pid]
        while above in parents and above != top:
            above = parents[above]
        if above == top:
            found[pid] = names[pid]
    return found


def _kib(path, field):
    try:
        with open(path, encoding="latin1") as file:
            found = re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M)
    except OSError:
        return 0  # it has ended
    return int(found[1]) if found else 0  # a process that has ended, but was not waited for, has no memory


def peak_kib(pid):
    """The most memory that it ever had at one time, what it shares included."""
    return _kib(f"/proc/{pid}/status", "VmHWM")


def pss_kib(pid):
    """Its memory now; of what is shared, its share. To be seen by root."""
    return _kib(f"/proc/{pid}/smaps_rollup", "Pss")


def anonymous_kib(pid):
    """Its memory that is no file's: what it alone is to blame for. To be seen by root."""
    return _kib(f"/proc/{pid}/smaps_rollup", "Anonymous")


def descriptors(pid):
    """How many it has open. To be seen by root."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0
