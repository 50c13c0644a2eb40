# SPDX-License-Identifier: ISC
"""Scenarios (scenarios.py) of one program that changes something on the disk, and ends."""
import os
from types import SimpleNamespace

import scenarios
from session import run_program
from world import JOE, SECRETS, Violation


class Program:
    """What all have in common: it is done if the program has ended with 0."""
    roles, is_on_disk = ("",), True
    program = user = None
    text = ""
    codes = (0, 111, None)  # that it may end with

    def prepare(self, world):
        world.reset()

    def command(self, world):
        raise NotImplementedError

    def run(self, world, plan=None, record=None):
        report = run_program(world, [self.program] + self.command(world), self.text, plan, record, self.user)
        return SimpleNamespace(report=report)

    def is_acknowledged(self, facts, by):
        return by == self.program and dict(facts.report.exits).get(self.program) == 0

    def told(self, _, exits):
        return dict(exits).get(self.program)

    def facts_told(self, told):
        return SimpleNamespace(report=SimpleNamespace(exits=[(self.program, told)]))

    def code(self, facts):
        """What it has ended with; None if it was killed."""
        code = dict(facts.report.exits).get(self.program)
        if code not in self.codes:
            raise Violation(f"exit {code}")
        return code


class Deliver(Program):
    """A message is delivered whole or not at all."""
    name, program, user = "deliver", "maildir-deliver", JOE
    text = "Subject: hello\n\n" + "all of it\n" * 20000

    def command(self, world):
        return [world.maildir]

    def check(self, world, facts):
        new = [(f"new/{name}", content) for folder, name, content in world.files() if name.startswith(
            "1") and name.partition(":")[0] not in world.messages]
        code = self.code(facts)
        if len(new) > 1 or (code == 0 and not new) or (code == 111 and new):
            raise Violation(f"{len(new)} messages after exit {code}")
        for path, content in new:
            if content != self.text.encode():
                raise Violation("part of a message is delivered")
            world.delivered[os.path.basename(path)] = (path, content)
        world.check_messages()
        world.check_leftovers()
        world.deliver()
        scenarios.Session("after").check_next(world, set())


class Uidl(Program):
    """maildir-uidl: clients see another server's ids, or ours; not some of these and some of those."""
    name, program, user = "uidl", "maildir-uidl", JOE
    codes = (0, 111, 127, None)  # 127: as for apoppasswd

    def prepare(self, world):
        world.reset()
        world.make_quota()
        world.make_old_list()

    def command(self, world):
        return ["--from", "dovecot", "--write", world.maildir]

    def check(self, world, facts):
        code = self.code(facts)
        is_there = os.path.exists(f"{world.maildir}/uidl.map")
        if code == 0 and not is_there:
            raise Violation("it was written, and is not there")
        old = world.expected_uidls
        world.expected_uidls = old if is_there else {}
        scenarios.Session("after").check_next(world, set())
        world.check_leftovers()
        world.tool("maildir-uidl", "--force", *self.command(world), user=JOE)
        world.expected_uidls = old
        scenarios.Session("after").check_next(world, set())


class Apoppasswd(Program):
    """A change of users.cdb: the old one or the new one is there, and the next change works."""

    program = "apoppasswd"
    # 1: no secret could be read; 127: the C library could not load it.
    codes = (0, 1, 111, 127, None)

    def __init__(self, name, arguments, text, after, before=None):
        self.name, self.arguments, self.text = name, arguments, text
        self.before = before if before is not None else {login: SECRETS[login] for login in ("joe", "ann")}
        self.after = after

    def prepare(self, world):
        world.reset()
        if not self.before:
            for name in os.listdir(world.users):
                os.unlink(f"{world.users}/{name}")

    def command(self, world):
        return ["-f", world.database] + self.arguments

    def check(self, world, facts):
        code = self.code(facts)
        if not self.before:
            return self.check_created(world, code)
        if code == 0:
            states = [self.after]
        elif code is None or "perhaps not on disk" in world.said():
            states = [self.before, self.after]
        else:
            states = [self.before]
        world.check_logins(*states)
        self.check_usable(world)

    def check_usable(self, world):
        world.tool("apoppasswd", "-f", world.database, "-l")
        world.tool("apoppasswd", "-f", world.database, "-a", "joe", text="open rye and oats\n")
        if world.login("joe", "open rye and oats") != 0:
            raise Violation("the next change has no effect")
        world.check_users_files({"users.key.new"} if "-k" in self.arguments or not self.before else set())

    def check_created(self, world, code):
        again, said = world.tool("apoppasswd", "-f", world.database, "-c", check=False)
        if again != (1 if code == 0 else again) or again not in (0, 1):
            raise Violation(f"a second -c ends with {again} after {code}: {said.decode()}")
        lines = f"joe:sesame:{JOE}:{JOE}:{world.top}/joe\n"
        world.tool("apoppasswd", "-f", world.database, "-i", "-", text=lines)
        world.check_logins({"joe": "sesame"})
        self.check_usable(world)


class BulletinAdd(Program):
    """A bulletin is published whole or not at all, and no number is used twice."""
    name = program = "bulletin-add"
    text = "From: postmaster@h\nDate: today\nSubject: four\n\nto all\n"

    def command(self, world):
        return [world.bulls, "four"]

    def check(self, world, facts):
        code = self.code(facts)
        there = self.names(world)
        if code == 0 and "00004.four" not in there:
            raise Violation(f"published, and not there: {there}")
        for name in there - {"00001.text", "00002.text", "00003.text"}:
            with open(f"{world.bulls}/{name}", encoding="ascii") as file:
                if file.read() != self.text:
                    raise Violation(f"{name} is not whole")
        world.tool("bulletin-add", world.bulls, "five", text=self.text)
        numbers = sorted(int(name.split(".")[0]) for name in self.names(world))
        if len(set(numbers)) != len(numbers) or len(numbers) < len(there) + 1:
            raise Violation(f"numbers: {numbers}")
        left = [name for name in os.listdir(world.bulls) if name.startswith(".") and name != ".highest"]
        if left:
            raise Violation(f"left behind: {left}")

    def names(self, world):
        return {name for name in os.listdir(world.bulls) if not name.startswith(".")}
