# SPDX-License-Identifier: ISC
"""Scenarios (scenarios.py) of the services beside the chain: tlsd, poppassd."""
import contextlib
import os
import signal
import subprocess
import time
from types import SimpleNamespace

from session import Report, run_session, tracer_command
from world import SECRETS, Violation

START_SECONDS = 10


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


def inode_of(path):
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def tlsd(world, plan=None, is_traced=False):
    """A tlsd while this lasts, or what of it comes up; then facts.report."""
    socket, report = f"{world.top}/tlsd", world.top + ".tlsd-report"
    facts, before = SimpleNamespace(report=None), inode_of(socket)
    # If we are killed, it goes: as all does that is traced.
    before_it = tracer_command(world, plan, report=report) if is_traced else ["setpriv", "--pdeathsig=KILL"]
    command = before_it + ["tlsd", "-c", f"{world.top}/tls", socket]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          cwd=world.top, env=world.environment | {"TLS_WORKERS": "1"}) as process:
        try:
            give_up = time.monotonic() + START_SECONDS
            while inode_of(socket) in (None, before) and process.poll() is None and time.monotonic() < give_up:
                time.sleep(0.002)
            yield facts
        finally:
            for pid in children_of(process.pid) if is_traced else [process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise Violation("tlsd does not end") from error
    if is_traced:
        facts.report = Report(report)


class Tls:
    """A POP3 session through tlsd: whoever dies, it ends cleanly, and nothing is lost; a new tlsd serves the next."""
    roles, is_on_disk = ("tlsd", "pop3-login"), False

    def __init__(self, session):
        self.session, self.name = session, session.name
        session.script["with_tls"] = True

    def prepare(self, world):
        self.session.prepare(world)

    def run(self, world, plan=None, record=None):
        is_tlsds = plan is not None and plan.startswith("tlsd")
        self.be_patient(plan is None)
        with tlsd(world, plan if is_tlsds else None, plan is None or is_tlsds) as service:
            facts = self.session.run(world, None if is_tlsds else plan, record)
        if service.report:
            facts.report.add(service.report)
        facts.plan = plan
        return facts

    def is_acknowledged(self, facts, by):
        return self.session.is_acknowledged(facts, by)

    def be_patient(self, is_patient):
        """Until a tlsd that does not answer is given up; no machine is so slow that a good one is."""
        self.session.settings["POP3_LOGIN_TIMEOUT"] = "60" if is_patient else "5"

    def check(self, world, facts):
        self.be_patient(True)
        with tlsd(world):
            self.session.check(world, facts)


class Poppassd:
    """A user changes his secret: the old one or the new one is good, and the new one if he was told so."""
    name, roles, is_on_disk = "poppassd", ("",), True
    new = "open spelt and rye"

    def prepare(self, world):
        world.reset()

    def talk(self, client, _, outcome, old=SECRETS["joe"], new=new):
        outcome.login = client.line().decode()
        for command in ("user joe", f"pass {old}", f"newpass {new}", "quit"):
            if not outcome.login.startswith("200"):
                break
            outcome.quit_sent = command.startswith("newpass")
            outcome.login = client.command(command)[0]
            outcome.is_in |= outcome.login.startswith("200 Password changed")

    def run(self, world, plan=None, record=None):
        outcome, report = self.run_talk(world, plan, record)
        return SimpleNamespace(outcome=outcome, report=report)

    def run_talk(self, world, plan=None, record=None, **how):
        return run_session(world, ["apoppasswd", "-f", world.database], plan, {"TCPREMOTEIP": "127.0.0.1"}, record,
                           server="poppassd", talk=self.talk, **how)

    def is_acknowledged(self, facts, by):
        return by == "apoppasswd" and facts.outcome.is_in

    def told(self, said, _):
        return b"200 Password changed" in said

    def facts_told(self, told):
        return SimpleNamespace(outcome=SimpleNamespace(is_in=told, login=""))

    def check(self, world, facts):
        joe, ann = SECRETS["joe"], SECRETS["ann"]
        reply = facts.outcome.login or ""
        if "incorrect" in reply:
            raise Violation(f"a failure of the machine is answered by {reply}")
        old, changed = {"joe": joe, "ann": ann}, {"joe": self.new, "ann": ann}
        world.check_logins(*([changed] if facts.outcome.is_in else [old, changed]))
        again, _ = self.run_talk(world, is_traced=False, old=joe if world.login("joe", joe) == 0 else self.new,
                                 new="open rye and oats")
        if not again.is_in or world.login("joe", "open rye and oats") != 0:
            raise Violation(f"the next change has no effect: {again.login}")
        world.check_users_files()
