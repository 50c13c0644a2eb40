# SPDX-License-Identifier: ISC
"""Processes that each have a world of their own, under one and the same path.

The path must be the same, since users.cdb has it; so each process mounts a tmpfs there that nobody else
sees, and that goes with it.
"""
import argparse
import contextlib
import ctypes
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time

from scenarios import all_scenarios
from world import World

world = scenarios = None

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


def mount_own(place):
    """A tmpfs that only this process and its children see."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) or \
            libc.mount(b"none", place.encode(), b"tmpfs", 0, b"mode=755"):
        raise OSError(ctypes.get_errno(), "mount a tmpfs of our own")


def begin(top):
    """In a process of the pool."""
    global world, scenarios
    mount_own(f"{top}/own")
    world = World(f"{top}/own/world", f"{top}/bin")
    scenarios = {scenario.name: scenario for scenario in all_scenarios(world.top)}


@contextlib.contextmanager
def pool_of_worlds(options):
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        sys.exit("needs root, and mount namespaces")  # a pool would try again and again
    top = tempfile.mkdtemp(prefix="survival.")
    os.chmod(top, 0o755)
    try:
        os.mkdir(f"{top}/own")
        shutil.copytree(options.bin, f"{top}/bin")
        shutil.copy(options.tracer or f"{options.bin}/../test/tracer", f"{top}/bin")
        with multiprocessing.Pool(options.jobs, begin, (top,)) as pool:
            yield pool
    finally:
        shutil.rmtree(top)


def parser_of(description, kinds=()):
    parser = argparse.ArgumentParser(description=description)
    if kinds:
        parser.add_argument("what", choices=kinds)
    parser.add_argument("bin")
    parser.add_argument("--tracer")
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--jobs", type=int, default=3 * os.cpu_count())
    return parser
