#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Kills each program at each of its system calls, or lets the call fail; then looks whether all is well.

points.py crash|faults BIN [--tracer FILE] [--seconds N] [--sample N] [--only SCENARIO] [--point PLAN]
          [--seed N] [--jobs N]

BIN has the programs; the tracer is in BIN/../test. crash: SIGKILL before the n-th call, and after it, for every n and
each program of each scenario (scenarios.py). faults: the n-th call gives an error instead - each of
ERRORS - or reads or writes half of what it was asked for. What --seconds leave no time for is left out,
at random, and counted; --sample takes one point of so many. --point repeats one: as it is printed with
a violation. Exits 1 if there was any.
"""
import errno
import functools
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
import pool  # noqa: E402
from scenarios import all_scenarios  # noqa: E402
from world import Violation  # noqa: E402

ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENOMEM", "EACCES", "EINTR", "ESTALE")
# Errors that stay, for all later calls of that kind: of a disk that is full, or broken, and so on.
LASTING = {"write": ("ENOSPC", "EIO"), "pwrite64": ("ENOSPC", "EIO"), "openat": ("EACCES", "EMFILE", "EIO")}
NOT_OURS = ("setpriv", "start")  # they bring the program to its uid
# Calls that the kernel cannot let fail, or whose failure only a broken kernel knows.
NEVER_FAIL = {"exit_group", "exit", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask", "arch_prctl", "set_tid_address",
              "set_robust_list", "rseq", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid",
              "umask", "alarm", "sched_yield", "getresuid", "getresgid", "prlimit64", "sigaltstack", "futex"}
FD_FLAGS = (1, 2)  # fcntl's F_GETFD and F_SETFD
MEMORY = ("mmap", "mprotect", "munmap", "mremap", "brk", "madvise")  # only by a lack of it


@functools.cache
def call_names():
    """Number -> name, of this machine."""
    with open(f"/usr/include/{os.uname().machine}-linux-gnu/asm/unistd_64.h", encoding="ascii") as file:
        return {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)", file.read())}


def crash_plans(report):
    """All of them: (plan, role)."""
    for role, number, *_ in report.calls:
        if not role.startswith(NOT_OURS):
            yield f"{role}={number}=before", role
            yield f"{role}={number}=after", role


def fault_plans(report):
    for role, number, kind, _, second, _ in report.calls:
        name = call_names().get(kind, "?")
        if role.startswith(NOT_OURS) or name in NEVER_FAIL or (name == "fcntl" and second in FD_FLAGS):
            continue
        for error in ("ENOMEM",) if name in MEMORY else ERRORS:
            yield f"{role}={number}={getattr(errno, error)}", role
        for error in ("ENOMEM",) if name in MEMORY else LASTING.get(name, ("EIO",)):
            yield f"{role}={number}={getattr(errno, error)}+", role
        if name in ("read", "write", "pread64", "pwrite64", "sendto", "getrandom"):
            yield f"{role}={number}=short", role


def leave_out_known(report, known):
    """Calls up to which a program has made the very calls of an earlier scenario: as loading its libraries."""
    sequences = {}
    new = []
    for call in report.calls:
        sequences[call[0]] = sequence = sequences.get(call[0], ()) + (call[2],)
        if (call[0], hash(sequence)) not in known:
            new.append(call)
        known.add((call[0], hash(sequence)))
    report.calls = new


# --- in a process of the pool


def is_our_kill(role, signal):
    """What pop3-login does to its child, and the kernel when the parent is gone."""
    return (role, signal) == ("pop3-login:child", 9)


# Without any memory there is no start: a C library ends that by SIGSEGV, and an exception that finds no
# room by abort(), which a sandbox answers by SIGSYS.
def died_by_itself(report, reached):
    started_badly = reached and call_names().get(reached[2]) in MEMORY
    return [(role, signal) for role, signal in report.died
            if not is_our_kill(role, signal) and not (started_badly and signal in (6, 11, 31))]


def try_point(job):
    """(plan, was it reached?, what was wrong, the call)"""
    name, plan = job
    scenario, world = pool.scenarios[name], pool.world
    facts = None
    try:
        scenario.prepare(world)
        facts = scenario.run(world, plan)
        report = facts.report
        if report.left:
            raise Violation(f"still there at the end: {report.left}")
        if died := died_by_itself(report, report.reached):
            raise Violation(f"died by a signal: {died}")
        scenario.check(world, facts)
        wrong = None
    except Violation as violation:
        wrong = str(violation)
    except (OSError, AssertionError, ValueError, LookupError) as error:
        wrong = f"the test itself: {error!r}"
    reached = facts.report.reached if facts else None
    outcome = getattr(facts, "outcome", None)
    said = (outcome.login, outcome.quit, outcome.refusals) if outcome else None
    return name, plan, bool(reached), wrong, call_names().get(reached[2]) if reached else None, said


# --- the whole


def try_nothing(name):
    """The report of a run to which nothing happens."""
    scenario = pool.scenarios[name]
    scenario.prepare(pool.world)
    facts = scenario.run(pool.world)
    scenario.check(pool.world, facts)
    return facts.report


def all_jobs(options, workers):
    jobs, known, programs = [], set(), set()
    names = [scenario.name for scenario in all_scenarios("") if options.only in (None, scenario.name)]
    for name, report in zip(names, workers.map(try_nothing, names, 1)):
        if options.what == "faults" and not options.only:
            leave_out_known(report, known)
        for plan, role in (crash_plans if options.what == "crash" else fault_plans)(report):
            jobs.append((name, plan))
            programs.add(role.split(":")[0])
    return jobs, len(programs)


def main():
    parser = pool.parser_of("kill points, and faults", ["crash", "faults"])
    parser.add_argument("--point")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    with pool.pool_of_worlds(options) as workers:
        jobs, programs = all_jobs(options, workers)
        if options.point:
            jobs = [(options.only, options.point)]
        random.Random(options.seed).shuffle(jobs)
        return carry_out(options, jobs, programs, workers, deadline)


def carry_out(options, jobs, programs, workers, deadline):
    tried = reached = 0
    violations = []
    for name, plan, was_reached, wrong, call, said in workers.imap_unordered(try_point, jobs[::options.sample]):
        tried += 1
        reached += was_reached
        if wrong:
            violations.append((name, plan))
            print(f"{name} {plan} ({call}): {wrong}", flush=True)
        if options.point:
            print(f"{name} {plan} ({call}): reached: {was_reached}, {said}")
        if time.monotonic() > deadline:
            break
    kinds = "kill points" if options.what == "crash" else "faults"
    print(f"{options.what}: {programs} programs, {len(jobs)} {kinds}, {tried} tried, {reached} reached, "
          f"{len(violations)} violations (seed {options.seed})")
    return 1 if violations or not reached else 0


if __name__ == "__main__":
    sys.exit(main())
