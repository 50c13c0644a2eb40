# SPDX-License-Identifier: ISC
"""One client's session with a chain of programs, traced or not, and what came of it."""
import re
import socket
import ssl
import subprocess

import logins
from world import DELETED, RETRIEVED, SECRETS, Violation, wire

STEP_SECONDS = 8


class Closed(Exception):
    """The server has ended the connection."""


class Outcome:
    """What the client has seen of its session."""

    def __init__(self):
        self.login = self.quit = None  # the last reply to the login, to QUIT; None: there was none
        self.is_in = False             # the login has passed
        self.quit_sent = False
        self.uidls = {}                # number -> id
        self.sizes = {}
        self.retrieved = set()         # unique names, sent whole
        self.deleted = set()           # and of those whose DELE is acknowledged
        self.refusals = []             # (command, reply)


class Client:
    """Speaks POP3 on one end of a connection; the other is a program's fd 0 and 1."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.socket = socket.create_connection(server.getsockname(), STEP_SECONDS)
            self.other, _ = server.accept()
        self.replies = self.socket.makefile("rb")

    def line(self):
        try:
            line = self.replies.readline()
        except TimeoutError as error:
            raise Violation("the server hangs") from error
        except OSError as error:
            raise Closed() from error
        if not line.endswith(b"\r\n"):
            raise Closed()
        return line[:-2]

    def send(self, command):
        try:
            self.socket.sendall(command.encode() + b"\r\n")
        except OSError as error:
            raise Closed() from error

    def command(self, command, is_long=False):
        """The reply, and the lines behind it, dots taken off."""
        self.send(command)
        reply = self.line().decode("latin1")
        lines = []
        if is_long and reply.startswith("+OK"):
            while (line := self.line()) != b".":
                lines.append(line.removeprefix(b"."))
        return reply, lines

    def begin_tls(self):
        """STLS; its reply."""
        reply = self.command("STLS")[0]
        if reply.startswith("+OK"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            try:
                self.socket = context.wrap_socket(self.socket)
            except TimeoutError as error:
                raise Violation("TLS hangs") from error
            except OSError as error:
                raise Closed() from error
            self.replies = self.socket.makefile("rb")
        return reply

    def close(self):
        self.replies.close()
        self.socket.close()


def log_in(client, outcome, login, with_tls):
    """Whether it is in."""
    outcome.login = greeting = client.line().decode("latin1")
    if outcome.login.startswith("+OK") and with_tls:
        outcome.login = client.begin_tls()
    if outcome.login.startswith("+OK"):
        outcome.login = logins.ways[login](client, greeting, "joe", SECRETS["joe"])
        if not outcome.login.startswith("+OK"):
            client.send("QUIT")
    return outcome.login.startswith("+OK")


def converse(client, world, outcome, deletes=DELETED, retrieves=RETRIEVED, delivery=True, login="pass",
             with_tls=False, also=None):
    """The script: what it has seen is in OUTCOME, however far it came. ALSO comes before QUIT."""
    contents = world.contents()
    outcome.is_in = log_in(client, outcome, login, with_tls)
    if not outcome.is_in:
        return

    def ask(command, is_long=False):
        reply, lines = client.command(command, is_long)
        if not reply.startswith("+OK"):
            outcome.refusals.append((command, reply))
        return reply, lines

    ask("STAT")
    outcome.uidls = dict(line.decode("latin1").split(" ") for line in ask("UIDL", True)[1])
    outcome.sizes = dict(line.decode("latin1").split(" ") for line in ask("LIST", True)[1])
    if delivery:
        world.deliver()
    names = {identity: name for name, identity in world.expected_uidls.items()}
    for number, identity in outcome.uidls.items():
        name = names.get(identity, identity)
        if name not in contents:
            continue
        if number in outcome.sizes and int(outcome.sizes[number]) != len(wire(contents[name])):
            raise Violation(f"{name} is announced as of {outcome.sizes[number]} octets")
        if retrieves is None or name in retrieves:
            reply, lines = ask(f"RETR {number}", True)
            if reply.startswith("+OK"):
                outcome.retrieved.add(name)
                if b"".join(line + b"\r\n" for line in lines) != wire(contents[name]):
                    raise Violation(f"RETR gives another message than {name}")
        if name in deletes:
            if ask(f"DELE {number}")[0].startswith("+OK"):
                outcome.deleted.add(name)
    if also:
        also(client, outcome)
    outcome.quit_sent = True
    outcome.quit = client.command("QUIT")[0]


class Report:
    """What the tracer has seen."""

    def __init__(self, path):
        self.calls, self.reached, self.died, self.left, self.exits = [], None, [], [], []
        self.opened = set()  # (program, a descriptor that it begins with)
        with open(path, encoding="ascii") as file:
            for line in file:
                word, role, *numbers = line.split()
                if word == "call":
                    self.calls.append((role, *map(int, numbers)))
                elif word == "reached":
                    self.reached = (role, *map(int, numbers))
                elif word == "died":
                    self.died.append((role, int(numbers[0])))
                elif word == "left":
                    self.left.append(role)
                elif word == "opened":
                    self.opened |= {(role, int(number)) for number in numbers}
                elif word == "exit":
                    self.exits.append((role, int(numbers[0])))

    def add(self, other):
        """What another tracer has seen meanwhile."""
        self.calls += other.calls
        self.reached = self.reached or other.reached
        self.died += other.died
        self.left += other.left
        self.exits += other.exits
        self.opened |= other.opened


def tracer_command(world, plan, record=None, report=None):
    command = [f"{world.bin}/tracer", "-t", "12"]
    if plan:
        command += ["-p", plan]
    if record:
        command += ["-r", record, "-d", world.top]
    return command + [report or world.top + ".report"]


def run_program(world, argv, text, plan, record=None, user=None):
    """A program that is no server: its report."""
    if user:
        argv = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] + argv
    with open(world.top + ".in", "w+", encoding="ascii") as given, open(world.top + ".log", "ab") as log:
        given.write(text)
        given.seek(0)
        with subprocess.Popen(tracer_command(world, plan, record) + argv, stdin=given, stdout=log, stderr=log,
                              cwd=world.top, env=world.environment) as process:
            process.wait(40)
    return Report(world.top + ".report")


def run_session(world, chain, plan=None, settings=None, record=None, is_traced=True, server="pop3-login",
                talk=converse, **script):
    """One session; gives the outcome and the report. The processes have ended."""
    outcome, client = Outcome(), Client()
    command = (tracer_command(world, plan, record) if is_traced else []) + [server, "h"] + chain
    with open(world.top + ".log", "ab") as log, \
            subprocess.Popen(command, stdin=client.other, stdout=client.other, stderr=log, cwd=world.top,
                             env=world.environment | (settings or {})) as process:
        client.other.close()
        try:
            talk(client, world, outcome, **script)
        except Closed:
            pass
        finally:
            client.close()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise Violation("the chain does not end") from error
    return outcome, Report(world.top + ".report") if is_traced else None


def code_of(reply):
    """[SYS/TEMP] and so on; empty if there is none."""
    found = re.match(r"-ERR (\[[^]]*\])", reply or "")
    return found[1] if found else ""
