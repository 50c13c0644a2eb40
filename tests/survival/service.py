# SPDX-License-Identifier: ISC
"""A service that hostile clients meet, looked at from outside: what it costs, and whether it is through with them."""
import os
import time

from connection import PATIENCE, Connection
from processes import anonymous_kib, descendants, descriptors, peak_kib

# KiB at one time, whatever the client does: what a process ever had, shared pages included; of tlsd's workers, what
# they have grown by.
BOUNDS = {"tcpserver": 1024, "pop3-login": 1024, "checkpw": 16384, "pop3d": 1024, "tlsd": 4096}
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def check(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)))


class Service:
    """What is served at PORT, looked at from outside."""

    def __init__(self, port, server, tlsd=0):
        self.port, self.server, self.tlsd = port, server, tlsd
        self.bounds = dict(BOUNDS)
        self.peaks = {}
        self.notes = []
        self.begin_s = time.monotonic()
        self.tlsd_before = self.tlsd_kib()

    def connect(self, **how):
        return Connection(self.port, **how)

    def processes(self):
        return descendants(self.server)

    def workers(self):
        return descendants(self.tlsd) if self.tlsd else {}

    def tlsd_kib(self):
        return sum(anonymous_kib(pid) for pid in self.workers())

    def tlsd_descriptors(self):
        return sum(descriptors(pid) for pid in self.workers())

    def look(self):
        """Takes note of the memory; the processes that there are."""
        processes = self.processes()
        for pid, name in processes.items():
            self.peaks[name] = max(self.peaks.get(name, 0), peak_kib(pid))
        if self.tlsd:
            self.peaks["tlsd"] = max(self.peaks.get("tlsd", 0), self.tlsd_kib() - self.tlsd_before)
        return processes

    def look_until(self, condition, what):
        begin = time.monotonic()
        while not condition(self.look()):
            check(time.monotonic() - begin < PATIENCE, "never", what)
            time.sleep(0.01)

    def wait_until_idle(self):
        self.look_until(lambda processes: not processes, "idle")

    def seconds(self):
        return time.monotonic() - self.begin_s

    def takes(self, least, most=PATIENCE):
        slack = 0.1  # the service began to count before we did
        check(least - slack <= self.seconds() < most, "took", self.seconds(), "seconds, not", least, "to", most)

    def report(self, title):
        peaks = [f"{name} {kib} KiB" for name, kib in sorted(self.peaks.items()) if kib > 0]
        print(f"{title}: " + ", ".join([f"{self.seconds():.2f} s"] + self.notes + peaks))
        if "ASAN_OPTIONS" in os.environ:
            return  # its memory is not ours
        for name, kib in self.peaks.items():
            check(kib <= self.bounds.get(name, 0), name, "had", kib, "KiB")


def begin(service, where):
    """A connection in the state WHERE: login, sasl or session; then its command is yet to come."""
    client = service.connect()
    if where == "session":
        check(client.log_in().startswith("+OK"), "no login")
    else:
        client.line()
        if where == "sasl":
            check(client.command("AUTH PLAIN").startswith("+"), "no AUTH")
    return client
