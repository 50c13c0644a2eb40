# SPDX-License-Identifier: ISC
"""What a loss of power may leave of a directory, derived from what system calls have done to it.

The model is POSIX's word, not one file system's: what fsync(2) was called for survives, a file's octets
by the file, a name by its directory; of all else any part may. Within bounds: all prefixes, all subsets of
few operations and some of many, and for each file's octets ALL, NONE, ZEROS, HALF or LAST. Taken for
granted, as all file systems with a journal have it: a rename may leave both names, but never none; and no name
is in a directory that is not there.
"""
import itertools
import os
from collections import namedtuple

CONTENTS = ("all", "none", "zeros", "half", "last")
FEW = 6  # operations of which all subsets are taken

# A name that appears in a directory, or goes (file None). NEEDS: another change without which it cannot be.
Change = namedtuple("Change", "number path file needs")


class File:
    """Its octets on the disk, and the writes that are not there yet."""

    def __init__(self, octets=b"", like=None):
        self.durable, self.pending, self.like = octets, [], like

    def octets(self, how):
        """HOW much of what was written has come to the disk."""
        if not self.pending or how == "none":
            return self.durable
        whole = self.durable
        for at, octets in self.pending:
            if octets is None:
                whole = whole[:at] + bytes(at - len(whole))
            else:
                whole = (whole + bytes(max(0, at - len(whole))))[:at] + octets + whole[at + len(octets):]
        if how == "zeros":
            return bytes(len(whole))
        if how == "half":
            return whole[:len(whole) // 2]
        if how == "last":
            at, octets = self.pending[-1]
            return whole if octets is None else bytes(at) + octets + bytes(max(0, len(whole) - at - len(octets)))
        return whole

    def sync(self):
        self.durable, self.pending = self.octets("all"), []


class Disk:
    """The directory TOP before the operations; then after more and more of them."""

    def __init__(self, top):
        self.names, self.folders, self.files = {}, {}, {}  # the names and folders are what is durable
        self.changes = []                                  # and these are not
        self.count = 0
        for folder, _, names in os.walk(top):
            inside = os.path.relpath(folder, top)
            self.folders["" if inside == "." else inside] = os.stat(folder)
            for name in names:
                path = os.path.normpath(f"{inside}/{name}")
                status = os.stat(f"{top}/{path}")
                with open(f"{top}/{path}", "rb") as content:
                    file = File(content.read(), status)
                self.files[status.st_ino] = self.names[path] = file

    def change(self, path, file, needs=None):
        self.count += 1
        change = Change(self.count, path, file, needs)
        self.changes.append(change)
        return change

    def apply(self, line):
        """An operation of the recorder's (recorder.h)."""
        word, *rest = line.rstrip("\n").split("\t")
        if word == "create":
            self.files[int(rest[0])] = file = File()
            self.change(rest[1], file)
        elif word == "unnamed":
            self.files[int(rest[0])] = File()
        elif word == "mkdir":
            self.change(rest[0] + "/", "folder")
        elif word == "link":
            self.change(rest[1], self.files[int(rest[0])])
        elif word == "unlink":
            self.change(rest[0], None)
        elif word == "rename":
            appears = self.change(rest[2], self.files[int(rest[0])])
            self.change(rest[1], None, appears)
        elif word == "truncate":
            self.files[int(rest[0])].pending.append((int(rest[1]), None))
        elif word == "write":
            self.files[int(rest[0])].pending.append((int(rest[1]), bytes.fromhex(rest[2])))
        elif word == "sync":
            self.files[int(rest[0])].sync()
        elif word == "syncdir":
            self.sync_folder(rest[0])

    def sync_folder(self, folder):
        durable = [change for change in self.changes if os.path.dirname(change.path.rstrip("/")) == folder]
        durable += [change.needs for change in durable if change.needs in self.changes]
        for change in self.changes:
            if change in durable:
                self.carry_out(change, self.names, self.folders)
        self.changes = [change for change in self.changes if change not in durable]

    @staticmethod
    def carry_out(change, names, folders):
        if change.file == "folder":
            folders[change.path.rstrip("/")] = None
        elif change.file is None:
            names.pop(change.path, None)
        else:
            parent = os.path.dirname(change.path)
            while parent not in folders:
                folders[parent] = None
                parent = os.path.dirname(parent)
            names[change.path] = change.file

    def choices(self, chooser, some):
        """Which of the changes have come to the disk: sets of their numbers."""
        numbers = [change.number for change in self.changes]
        sets = {frozenset(numbers[:i]) for i in range(len(numbers) + 1)}
        if len(numbers) <= FEW:
            sets |= {frozenset(chosen) for size in range(len(numbers))
                     for chosen in itertools.combinations(numbers, size)}
        else:
            sets |= {frozenset([number]) for number in numbers[-2:]}
            sets |= {frozenset(numbers) - {number} for number in numbers}
            sets |= {frozenset(number for number in numbers if chooser.random() < 0.5) for _ in range(some)}
        return sorted(sets, key=sorted)

    def states(self, chooser, some=8):
        """All that may be left now: {path: (octets, the file's key, like)}, and the folders."""
        for chosen in self.choices(chooser, some):
            names, folders = dict(self.names), dict(self.folders)
            for change in self.changes:
                is_there = change.number in chosen and (change.needs is None or change.needs not in self.changes
                                                        or change.needs.number in chosen)
                if is_there:
                    self.carry_out(change, names, folders)
            unsynced = any(file.pending for file in names.values())
            for how in CONTENTS if unsynced else ("all",):
                yield {path: (file.octets(how), id(file), file.like) for path, file in names.items()}, dict(folders)


def build(state, top, owner_of):
    """The state as a real directory TOP, which is not there yet."""
    names, folders = state
    for folder in sorted(folders):
        os.makedirs(f"{top}/{folder}", exist_ok=True)
        status = folders[folder]
        os.chmod(f"{top}/{folder}", status.st_mode & 0o7777 if status else 0o700)
        uid = status.st_uid if status else owner_of(folder)[0]
        os.chown(f"{top}/{folder}", uid, uid)
    built = {}
    for path, (octets, key, like) in names.items():
        if key in built:
            os.link(built[key], f"{top}/{path}")
            continue
        built[key] = f"{top}/{path}"
        with open(built[key], "wb") as file:
            file.write(octets)
        uid, mode = (like.st_uid, like.st_mode & 0o7777) if like else owner_of(path)
        os.chown(built[key], uid, uid)
        os.chmod(built[key], mode)
        if like:
            os.utime(built[key], ns=(like.st_mtime_ns, like.st_mtime_ns))
