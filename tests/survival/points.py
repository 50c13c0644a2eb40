#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Kills each program at each of its system calls, or lets the call fail; then looks whether all is well.

points.py crash|faults BIN [--tracer FILE] [--seconds N] [--sample N] [--only SCENARIO] [--calls ROLE/NAME,...]
          [--error NAME] [--point PLAN] [--seed N] [--jobs N]

BIN has the programs; the tracer is in BIN/../test. crash: SIGKILL before the n-th call, and after it, for every n and
each program of each scenario (scenarios.py). faults: the n-th call gives an error instead - each of
ERRORS - or reads or writes half of what it was asked for. What --seconds leave no time for is left out,
at random, and counted; --sample takes one point of so many, --calls those of these calls, --error those
of that error. --point repeats one: as it is printed with a violation. Exits 1 if there was any.
"""
import contextlib
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
from session import Report  # noqa: E402
from world import Violation  # noqa: E402

ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENOMEM", "EACCES", "EINTR", "ESTALE")
# Errors that stay, for all later calls of that kind: of a disk that is full, or broken, and so on.
LASTING = {"write": ("ENOSPC", "EIO"), "pwrite64": ("ENOSPC", "EIO"), "openat": ("EACCES", "EMFILE", "EIO")}
NOT_OURS = ("setpriv", "start")  # they bring the program to its uid
KILLS = ("=before", "=after")
SYNCS = ("fsync", "fdatasync")
# What ends whom by SIGKILL: the kernel and pop3-login the children without a parent, tlsd a worker that does
# not listen, the runner of filters what takes too long, or has no pop3d any more.
KILLED = ("pop3-login:child", "poppassd:child", "tlsd:child", "filters:child:child", "pop3-mangle",
          "maildir-deliver")
# Calls that the kernel cannot let fail, or whose failure only a broken kernel knows.
NEVER_FAIL = {"exit_group", "exit", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask", "arch_prctl", "set_tid_address",
              "set_robust_list", "rseq", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid",
              "umask", "alarm", "sched_yield", "getresuid", "getresgid", "prlimit64", "sigaltstack", "futex"}
# As filters calls it: it does not wait. And what goes as one message, between our programs, goes whole.
NEVER_FAIL_IN = {("filters:child", "wait4")}
WHOLE_IN = {("checkpw", "write")}
FD_FLAGS = (1, 2)  # fcntl's F_GETFD and F_SETFD
WAITING = ("wait4", "clock_nanosleep", "nanosleep")  # only a signal ends them
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


def faults_of(role, name):
    """What may become of this call: as a plan has it (plan.h)."""
    if name in NEVER_FAIL or (role, name) in NEVER_FAIL_IN:
        return []
    once = ("ENOMEM",) if name in MEMORY else ("EINTR",) if name in WAITING else ERRORS
    lasting = ("ENOMEM",) if name in MEMORY else () if name in WAITING else LASTING.get(name, ("EIO",))
    faults = [f"{getattr(errno, error)}" for error in once] + [f"{getattr(errno, error)}+" for error in lasting]
    if name in ("read", "write", "pread64", "pwrite64", "sendto", "getrandom") and (role, name) not in WHOLE_IN:
        faults.append("short")
    return faults


def fault_plans(report):
    """All of them: (plan, role)."""
    for role, number, kind, _, second, _ in report.calls:
        name = call_names().get(kind, "?")
        if not role.startswith(NOT_OURS) and not (name == "fcntl" and second in FD_FLAGS):
            for fault in faults_of(role, name):
                yield f"{role}={number}={fault}", role


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


# Without any memory there is no start: a C library ends that by SIGSEGV, and an exception that finds no
# room by abort(), which a sandbox answers by SIGSYS.
def died_by_itself(report, reached):
    started_badly = reached and call_names().get(reached[2]) in MEMORY
    return [(role, signal) for role, signal in report.died
            if (signal != 9 or role not in KILLED) and not (started_badly and signal in (6, 11, 31))]


def check_descriptors(report):
    """No program begins with another's: checkpw has the login's record and its status, pop3d the runner of filters."""
    handed = {("checkpw", 3), ("checkpw", 4)}
    if any(role == "filters" for role, _ in report.opened):
        handed.add(("pop3d", 3))
    more = {(role, number) for role, number in report.opened if number > 2} - handed
    if more:
        raise Violation(f"descriptors that are not meant for it: {more}")


def check_syncs(scenario, facts, plan):
    """What the disk has refused is not acknowledged."""
    role, _, kind, *_ = facts.report.reached or ("", 0, None)
    if call_names().get(kind) in SYNCS and not plan.endswith(KILLS) and scenario.is_acknowledged(facts, role):
        raise Violation("acknowledged, and not on the disk")


def reached_at_last(world):
    """What the tracers have written, though the run came to no end."""
    for name in (".report", ".tlsd-report"):
        with contextlib.suppress(OSError, ValueError):
            if reached := Report(world.top + name).reached:
                return reached
    return None


def try_point(job):
    """(scenario, plan, was it reached?, what was wrong, the call, what was said)"""
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
        check_descriptors(report)
        scenario.check(world, facts)
        check_syncs(scenario, facts, plan)
        wrong = None
    except Violation as violation:
        wrong = str(violation)
    except (OSError, AssertionError, ValueError, LookupError) as error:
        wrong = f"the test itself: {error!r}"
    reached = facts.report.reached if facts else reached_at_last(world)
    if reached and not plan.endswith(KILLS) and plan.split("=")[2] not in faults_of(reached[0], call_names().get(reached[2])):
        reached = wrong = None  # this time it was another call, which cannot fail so
    outcome = getattr(facts, "outcome", None)
    said = (outcome.login, outcome.quit, outcome.refusals) if outcome else None
    return name, plan, bool(reached), wrong, call_names().get(reached[2]) if reached else None, said


# --- the whole


def try_nothing(name):
    """The report of a run to which nothing happens."""
    scenario = pool.scenarios[name]
    scenario.prepare(pool.world)
    facts = scenario.run(pool.world)
    check_descriptors(facts.report)
    scenario.check(pool.world, facts)
    return facts.report


def is_wanted(options, call):
    return not options.calls or f"{call[0]}/{call_names().get(call[2])}" in options.calls.split(",")


def all_jobs(options, workers):
    jobs, known, programs = [], set(), set()
    names = [scenario.name for scenario in all_scenarios("") if options.only in (None, scenario.name)]
    roles = {scenario.name: scenario.roles for scenario in all_scenarios("")}
    for name, report in zip(names, workers.map(try_nothing, names, 1)):
        report.calls = [call for call in report.calls if call[0].startswith(roles[name]) and is_wanted(options, call)]
        if not options.only:
            leave_out_known(report, known)
        for plan, role in (crash_plans if options.what == "crash" else fault_plans)(report):
            if not options.error or plan.endswith(f"={getattr(errno, options.error)}"):
                jobs.append((name, plan))
                programs.add(role.split(":")[0])
    return jobs, len(programs)


def main():
    parser = pool.parser_of("kill points, and faults", ["crash", "faults"])
    parser.add_argument("--calls")
    parser.add_argument("--error")
    parser.add_argument("--point")
    options = parser.parse_args()
    with pool.pool_of_worlds(options) as workers:
        jobs, programs = all_jobs(options, workers)
        deadline = time.monotonic() + options.seconds
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
    print(f"{options.what}: {programs} programs, {len(jobs)} {kinds}, {tried} tried, {len(jobs) - tried} left out, "
          f"{reached} reached, {len(violations)} violations (seed {options.seed})")
    return 1 if violations or not reached else 0


if __name__ == "__main__":
    sys.exit(main())
