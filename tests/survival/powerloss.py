#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Loses the power behind each system call that changes the disk; then looks whether all is well.

powerloss.py BIN [--tracer FILE] [--seconds N] [--sample N] [--only SCENARIO] [--seed N] [--jobs N]

A scenario (scenarios.py) runs once, recorded by the tracer. From the records states.py derives what a loss
of power may leave at each moment; each different state is made a directory, and checked as after a crash: what
was acknowledged is there, nothing is lost or changed, and the next session works. A message that was
deleted may be back; that is POP3's bargain as we do not sync deletions. At last the index, which is not synced
either, is torn in its place. What --seconds leave no time for is left out, at random, and counted.
Exits 1 if anything was wrong.
"""
import hashlib
import os
import random
import shutil
import sys
import time

sys.dont_write_bytecode = True
import pool  # noqa: E402
from scenarios import all_scenarios  # noqa: E402
from session import run_session  # noqa: E402
from states import Disk, build  # noqa: E402
from world import JOE, Violation  # noqa: E402


def owner_of(path):
    """Of what programs have made."""
    if path.startswith("joe/"):
        return JOE, 0o600
    return 0, 0o644 if path.startswith("bulls/") else 0o600


def key_of(state, told):
    names, folders = state
    files = {}
    text = [repr((path, hashlib.sha256(octets).digest(), files.setdefault(key, len(files))))
            for path, (octets, key, _) in sorted(names.items())]
    return hashlib.sha256(repr((text, sorted(folders), told)).encode()).digest()


def derive(job):
    """All different states of a scenario: (name, state, what was told to the client or caller, what was done last)."""
    name, seed = job
    scenario, world, chooser = pool.scenarios[name], pool.world, random.Random(seed)
    scenario.prepare(world)
    disk = Disk(world.top)
    record = world.top + ".record"
    scenario.run(world, None, record, **({"delivery": False} if hasattr(scenario, "chain") else {}))
    with open(record, encoding="utf-8") as file:
        lines = list(file)
    if len(lines) < 5:
        raise Violation(f"{scenario.name}: nothing was recorded")
    states, seen, said, exits = [], set(), b"", []
    for line in ["begin"] + lines:
        disk.apply(line)
        word, *rest = line.split("\t")
        if word == "say":
            said = said[-1000:] + bytes.fromhex(rest[0])
        elif word == "exit":
            exits.append((rest[0], int(rest[1])))
        told = scenario.told(said, exits)
        for state in disk.states(chooser):
            key = key_of(state, told)
            if key not in seen:
                seen.add(key)
                states.append((name, state, told, line[:100].rstrip()))
    return states


def try_state(job):
    name, state, told, line = job
    scenario, world = pool.scenarios[name], pool.world
    try:
        world.had_power_loss = True
        scenario.prepare(world)  # for what it knows; the directory is another one
        shutil.rmtree(world.top)
        build(state, world.top, owner_of)
        scenario.check(world, scenario.facts_told(told))
        return name, line, None
    except Violation as violation:
        return name, line, str(violation)
    except (OSError, ValueError, LookupError) as error:
        return name, line, f"the test itself: {error!r}"


# --- the index, torn in its place: only there the directories bear the stamps that it has


def torn(octets, chooser):
    """What may be left of a file whose octets were never synced."""
    page = 4096
    for size in {*range(0, len(octets), 512), len(octets) - 1}:
        yield octets[:size]
        yield octets[:size] + bytes(len(octets) - size)
    for at in range(0, len(octets), page):
        yield octets[:at] + bytes(len(octets[at:at + page])) + octets[at + page:]
    header, room = 184, page  # what lies between them means nothing
    for _ in range(20):
        at = chooser.choice([*range(header), *range(room, room + 1000)])
        yield octets[:at] + bytes([octets[at] ^ 1 << chooser.randrange(8)]) + octets[at + 1:]


def reads_directories(world):
    """Whether a session reads new/ and cur/, as it does without an index; fails if it shows anything wrong."""
    chain = ["checkpw", "-f", "users/users.cdb", "env", "POP3_READ_ONLY=1", "pop3d", "Maildir"]
    outcome, report = run_session(world, chain, deletes=(), retrieves=None, delivery=False)
    if not (outcome.quit or "").startswith("+OK") or set(outcome.uidls.values()) != set(world.contents()):
        raise Violation(f"with a torn index: {outcome.login}, {outcome.uidls}")
    getdents64 = 217
    return sum(call[0] == "pop3d" and call[2] == getdents64 for call in report.calls) >= 4


def tear_index(seed):
    """How many variants were tried, and what was wrong."""
    world, chooser = pool.world, random.Random(seed)
    pool.scenarios["session"].prepare(world)
    path = f"{world.maildir}/popchain.index"
    with open(path, "rb") as file:
        whole = file.read()
    if reads_directories(world):
        raise Violation("a good index is not believed: nothing is proved")
    tried, violations = 0, []
    for octets in torn(whole, chooser):
        if octets == whole:
            continue
        tried += 1
        with open(path, "wb") as file:
            file.write(octets)
        os.chown(path, JOE, JOE)
        try:
            if not reads_directories(world):
                raise Violation("it is believed")
        except Violation as violation:
            violations.append(str(violation))
            print(f"index of {len(octets)} octets: {violation}", flush=True)
    return tried, violations


# --- the whole


def main():
    parser = pool.parser_of("states after a loss of power")
    options = parser.parse_args()
    names = [scenario.name for scenario in all_scenarios("") if scenario.is_on_disk and options.only in (None, scenario.name)]
    with pool.pool_of_worlds(options) as workers:
        jobs = sum(workers.map(derive, [(name, options.seed) for name in names], 1), [])
        indices, violations = (0, []) if options.only else workers.apply(tear_index, (options.seed,))
        random.Random(options.seed).shuffle(jobs)
        tried, deadline = 0, time.monotonic() + options.seconds
        for name, line, wrong in workers.imap_unordered(try_state, jobs[::options.sample]):
            tried += 1
            if wrong:
                violations.append(wrong)
                print(f"{name}, behind {line!r}: {wrong}", flush=True)
            if time.monotonic() > deadline:
                break
    print(f"powerloss: {len(names)} scenarios, {len(jobs)} different states, {tried} checked, "
          f"{len(jobs) - tried} left out, {indices} torn indices, {len(violations)} violations (seed {options.seed})")
    return 1 if violations or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
