# SPDX-License-Identifier: ISC
"""What is run, killed, and hit by errors; and what must hold afterwards: POP3 sessions, and the list of all.

A scenario has

  prepare(world)              the world before it
  run(world, plan, record)    gives facts; facts.report is the tracer's
  check(world, facts)         raises Violation; it may change the world, which is thrown away
  is_acknowledged(facts, by)  was it told to somebody that it is done, by this program?
  told(said, exits), facts_told(told)   for powerloss.py: what somebody knew at a moment, and that as facts
  roles                       of whose system calls points are made, as the beginnings of their names
  is_on_disk                  False: it writes nothing that others do not write as well
"""
import errno
import re
from types import SimpleNamespace

import programs
import services
from session import Outcome, code_of, run_session
from world import DELETED, JOE, OLD, RETRIEVED, SECRETS, Violation


class Session:
    """A POP3 session, with a delivery in its midst, and the sessions after it."""
    roles, is_on_disk = ("",), True

    def __init__(self, name, links=(), settings=None, login="pass", is_indexed=False):
        self.name, self.settings, self.is_indexed = name, settings or {}, is_indexed
        self.script = {"login": login}  # of each session (session.converse)
        self.links = list(links)
        self.is_read_only = "POP3_READ_ONLY" in self.settings
        self.gone = {f"{OLD}.M1P1.h"} if "expire" in links else set()

    def chain(self):
        return ["checkpw", "-f", "users/users.cdb"] + self.links + ["pop3d", "Maildir"]

    def prepare(self, world):
        world.reset()
        if self.is_indexed:
            world.make_index()
        else:
            world.make_quota()
        if "POP3_UIDL_IMPORT" in self.settings:
            world.make_old_list()
        if self.settings.get("POP3_DELETE") == "trash":
            world.make_trash()

    def run(self, world, plan=None, record=None, **script):
        if self.is_read_only:
            script |= {"deletes": ()}
        outcome, report = run_session(world, self.chain(), plan, self.settings, record, **self.script, **script)
        return SimpleNamespace(outcome=outcome, report=report, plan=plan)

    def is_acknowledged(self, facts, by="pop3d"):
        return by == "pop3d" and (facts.outcome.quit or "").startswith("+OK")

    # After a loss of power what QUIT has done is known to be there only with POP3_SYNC.
    def told(self, said, _):
        return "POP3_SYNC" in self.settings and b"+OK bye\r\n" in said

    def facts_told(self, told):
        outcome = Outcome()
        outcome.deleted, outcome.retrieved = set(() if self.is_read_only else DELETED), set(RETRIEVED)
        outcome.quit_sent, outcome.quit = True, "+OK" if told else None
        return SimpleNamespace(outcome=outcome)

    def quit_state(self, facts):
        if self.is_read_only or not facts.outcome.quit_sent:
            return "never"
        return "acknowledged" if self.is_acknowledged(facts) else "sent"

    def check(self, world, facts):
        outcome = facts.outcome
        self.check_replies(outcome)
        self.check_list(world, outcome, getattr(facts, "plan", None))
        listed = {key for key in world.messages if world.expected_uidls.get(key, key) in outcome.uidls.values()}
        world.check_messages(self.quit_state(facts), outcome.deleted, outcome.retrieved, self.gone, listed)
        if self.settings.get("POP3_DELETE") == "trash":
            world.check_trash(outcome.deleted)
        world.check_leftovers()
        if len(set(world.bulletins())) != len(world.bulletins()):
            raise Violation(f"bulletins are doubled: {world.bulletins()}")
        self.check_next(world, outcome.deleted | self.gone if outcome.quit_sent else self.gone)

    def check_replies(self, outcome):
        """A failure of the machine is called so, and nothing else."""
        replies = outcome.refusals + [("login", outcome.login), ("QUIT", outcome.quit)]
        for command, reply in replies:
            if reply and not reply.startswith("+OK") and not code_of(reply).startswith("[SYS/"):
                raise Violation(f"{command} is answered by {reply}")

    def check_list(self, world, outcome, plan):
        """A list that could be given is whole: a client may take what is not in it for gone. Only a message
        that may not be read, or whose handle NFS has lost, is left out."""
        if plan and re.search(f"=({errno.EACCES}|{errno.ESTALE})[+]?$", plan):
            return
        seen = set(outcome.uidls.values())
        missing = {key for key in world.messages if world.expected_uidls.get(key, key) not in seen} - self.gone
        if seen and missing:
            raise Violation(f"the list lacks {missing}")

    def run_next(self, world):
        """The outcome of a session to which nothing happens, and which deletes nothing."""
        return run_session(world, self.chain(), None, self.settings, is_traced=False, **self.script,
                           deletes=(), retrieves=None, delivery=False)[0]

    def check_next(self, world, may_be_gone):
        """The next session works, and sees all that there is."""
        before = {key for key in world.contents() if any(name.startswith(key) for _, name, _ in world.files())}
        outcome = self.run_next(world)
        if not (outcome.quit or "").startswith("+OK") or outcome.refusals:
            raise Violation(f"the next session: {outcome.login}, {outcome.refusals}, {outcome.quit}")
        if self.links:
            self.check_links(world)
        expected = {world.expected_uidls.get(key, key) for key in before - self.gone}
        if len(set(outcome.uidls.values())) != len(outcome.uidls):
            raise Violation(f"a message is shown twice: {outcome.uidls}")
        seen = {identity for identity in outcome.uidls.values() if not re.match(r"\d+\.bull\d+\.", identity)}
        if world.had_power_loss:  # what has expired may be back, and the note of it not lost: some hours later it goes
            seen -= self.gone
        if seen != expected:
            raise Violation(f"unique-ids: {seen - expected} are new, {expected - seen} are gone")
        world.check_messages("never" if self.is_read_only else "acknowledged", (), outcome.retrieved, may_be_gone,
                             outcome.retrieved)

    def check_links(self, world):
        """What may not be read, by its mode, is passed over; the log says so."""
        if "bulletins" in self.links:
            missing = [number for number in (2, 3) if number not in world.bulletins() and not re.search(
                f"event=skipped .*bulletin=0000{number}.*Permission denied", world.said())]
            if missing or len(set(world.bulletins())) != len(world.bulletins()):
                raise Violation(f"bulletins: {world.bulletins()} of 2 and 3 are there")
        if "last-login" in self.links:
            world.tool("last-login", "-p", world.maildir)
        if "relay-allow" in self.links:
            world.check_relays()


class Filtered(Session):
    """A session that mangles a message, and sends one, on a Maildir that stays as it is."""
    mail = "Subject: sent\n\nby XTND XMIT\n"

    # Where filters cannot start, the mailbox is served without it.
    without = ("-ERR unknown command", "-ERR not a message number")

    def check_reply(self, command, reply):
        if not reply.startswith("+OK") and reply not in self.without and not code_of(reply).startswith("[SYS/"):
            raise Violation(f"{command} is answered by {reply}")

    def also(self, client, outcome):
        for number, identity in outcome.uidls.items():
            if identity in RETRIEVED:
                reply, lines = client.command(f"RETR {number} mangle", True)
                self.check_reply("RETR mangle", reply)
                if reply.startswith("+OK") and (reply != f"+OK {sum(len(line) + 2 for line in lines)} octets" or
                                                b"a message" not in b"".join(lines)):
                    raise Violation(f"mangled to {lines}, announced by {reply}")
                break
        reply = client.command("XTND XMIT")[0]
        if reply.startswith("+OK"):
            reply = client.command(self.mail.replace("\n", "\r\n") + ".")[0]
        self.was_sent = reply.startswith("+OK")
        self.check_reply("XTND XMIT", reply)

    def run(self, world, plan=None, record=None, **script):
        self.was_sent = False
        return super().run(world, plan, record, also=self.also, **script)

    def check(self, world, facts):
        super().check(world, facts)
        sent = world.sent()
        if len(sent) > 1 or (self.was_sent and not sent) or any(content != self.mail.encode() for content in sent):
            raise Violation(f"sent: {self.was_sent}, and there is {sent}")

    def is_acknowledged(self, facts, by="pop3d"):
        return self.was_sent if by == "maildir-deliver" else super().is_acknowledged(facts, by)

    def facts_told(self, told):
        self.was_sent = False
        return super().facts_told(told)


def all_scenarios(world_top):
    """In the order of their importance."""
    joe, ann, bob = (SECRETS[name] for name in ("joe", "ann", "bob"))
    line = f"bob:{bob}:{JOE}:{JOE}:{world_top}/joe\nann:open barley two:{JOE}:{JOE}:{world_top}/joe\n"
    return [
        Session("session", ["bulletins", "-h", "h", f"{world_top}/bulls", "expire", "30", "last-login", "relay-allow"],
                {"POP3_GUESSES": f"{world_top}/guesses", "POP3_VERIFIERS": "1", "POP3_PER_ADDRESS": "1",
                 "RELAY_CTRL_DIR": f"{world_top}/relays"}, is_indexed=True),
        Session("session-trash-import", (), {"POP3_DELETE": "trash", "POP3_UIDL_IMPORT": "dovecot"}, "apop"),
        Session("session-sync", (), {"POP3_SYNC": "1"}, "scram", is_indexed=True),
        Session("session-sync-trash", (), {"POP3_SYNC": "1", "POP3_DELETE": "trash"}),
        Filtered("session-filters", ["filters"], {
            "POP3_READ_ONLY": "1", "POP3_MANGLE": "pop3-mangle", "POP3_MAIL_COMMAND": f"maildir-deliver {world_top}/sent"}),
        services.Tls(Session("session-tls", (), {"POP3_TLS": "stls", "POP3_TLS_SOCKET": f"{world_top}/tlsd"})),
        programs.Deliver(),
        programs.Uidl(),
        programs.Apoppasswd("passwd-change", ["-a", "joe"], "open spelt and rye\n", {"joe": "open spelt and rye", "ann": ann}),
        programs.Apoppasswd("passwd-import", ["-i", "-"], line, {"joe": joe, "ann": "open barley two", "bob": bob}),
        programs.Apoppasswd("passwd-key", ["-k"], "", {"joe": joe, "ann": ann}),
        programs.Apoppasswd("passwd-create", ["-c"], "", {}, {}),
        services.Poppassd(),
        programs.BulletinAdd(),
    ]
