# SPDX-License-Identifier: ISC
"""Holds the table of settings against what the programs read.

usage   pop3-conf -t | settings_in_sources.py FOLDER...

Prints each difference: a variable that is read and not in the table; a number or a switch whose default
or bounds differ; a setting that somebody may set and that no program reads, if --unread is said. Exits 1 if there is one.
"""
import pathlib
import re
import sys

arguments = [a for a in sys.argv[1:] if a != "--unread"]
table = {}
for line in sys.stdin:
    name, values, default, by, readers, *_ = line.rstrip("\n").split("\t")
    table[name] = {"values": values, "default": default, "by": by, "readers": readers.split()}

sources = {}
for folder in arguments:
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix in (".cc", ".h") and not path.name.startswith("conf_"):
            sources[path] = path.read_text()
everything = "\n".join(sources.values())


def number(text):
    """The value of a literal or of a constant somewhere in the sources; None if it is neither."""
    text = text.strip()
    if text in ("true", "false"):
        return int(text == "true")
    if re.fullmatch(r"0x[0-9a-f]+|[0-9]+", text):
        return int(text, 0)
    found = re.findall(r"\b" + re.escape(text.split("::")[-1]) + r" = (0x[0-9a-f]+|[0-9]+)\b", everything)
    return int(found[0], 0) if len(set(found)) == 1 else None


wrong = []
read = set()
numbers = {}  # of each name: where it is read, and default and bounds there
for path, text in sources.items():
    names = re.findall(r'\b(?:env_number|env_switch|get_env|has_env|text_or|read_number)\(\s*"([A-Z0-9_]+)"', text)
    names += re.findall(r'"((?:POP3|TLS)_[A-Z0-9_]+)"', text)  # handed on, or asked for in another way
    for name in names:
        read.add(name)
        if name not in table:
            wrong.append(f"{path}: {name}: not in the table")
    for name, *rest in re.findall(r'\benv_number\(\s*"([A-Z0-9_]+)",([^,()]+),([^,()]+),([^,()]+)\)', text):
        if name in table and table[name]["by"] != "-" and name not in ("UID", "GID"):
            numbers.setdefault(name, []).append((path, [number(part) for part in rest]))
    for name, otherwise in re.findall(r'\benv_switch\(\s*"([A-Z0-9_]+)",([^,()]+)\)', text):
        if name in table and table[name]["by"] != "-" and (table[name]["values"] != "0 or 1" or table[name]["default"] != str(number(otherwise))):
            wrong.append(f"{path}: {name}: a switch, default {otherwise.strip()}; in the table {table[name]}")

# One place has to have the bounds of the table and its default; others, for the log, may be laxer.
for name, places in numbers.items():
    bounds = table[name]["values"].split(" or ")[0]
    default = table[name]["default"]
    for path, (otherwise, least, most) in places:
        if None in (least, most):
            wrong.append(f"{path}: {name}: its bounds are no numbers that are understood here")
    if not any(f"{least}-{most}" == bounds and (otherwise is None or str(otherwise) == default) for _, (otherwise, least, most) in places):
        found = ", ".join(f"{least}-{most}, default {otherwise} in {path}" for path, (otherwise, least, most) in places)
        wrong.append(f"{name}: {found}; in the table {bounds}, default {default}")

if "--unread" in sys.argv:
    for name, row in table.items():
        if row["by"] != "-" and "run" not in row["readers"] and name not in read:
            wrong.append(f"{name}: in the table, and no program reads it")
print("\n".join(wrong))
sys.exit(bool(wrong))
