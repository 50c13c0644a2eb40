# SPDX-License-Identifier: ISC
"""Those who work on one Maildir at the same time, each in a process of his own. The POP3 client is in race_pop3.py.

An actor makes one step after the other until the time is over, and gives what it has seen (race_events.Told).
"""
import os
import random
import re
import subprocess
import time
import traceback

from race_events import BULLETIN, OLD_MAIL, OURS, Deletion, Delivery, Told, Use, now, text_of, wire_of
from race_others import Imap
from world import JOE, OLD

FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$label")


class Actor:
    user = JOE

    def __init__(self, field, name, seed):
        self.field, self.name, self.seed = field, name, seed
        self.random = random.Random(seed)
        self.told = Told(name)
        self.log = f"{field.top}.{name}.log"
        self.serial = 0

    def run(self, pipe):
        """In a process of its own."""
        try:
            for path in (self.log, f"{self.log}.report"):
                with open(path, "ab"):
                    os.chown(path, self.user or 0, self.user or 0)
            if self.user:
                os.setgroups([])
                os.setresgid(self.user, self.user, self.user)
                os.setresuid(self.user, self.user, self.user)
            self.begin()
            while now() < self.field.deadline:
                self.step()
            self.end()
        except Exception:  # whatever it is, it must not pass for a quiet end
            self.is_wrong(traceback.format_exc())
        pipe.send(self.told)

    def begin(self):
        pass

    def end(self):
        pass

    def is_wrong(self, what):
        self.told.wrong.append(f"{self.name}: {what}")

    def say(self, text):
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(text + "\n")

    def new_token(self, kind):
        self.serial += 1
        return f"{kind}{self.name}-{self.seed}-{self.serial}"

    def traced(self, command, report="/dev/null", seconds=60):
        """With delays at its system calls, if this is such a round."""
        if not self.field.is_perturbed:
            return command
        seed = self.random.randrange(1 << 30)
        return [f"{self.field.bin}/tracer", "-t", str(seconds), "-j", str(seed), report] + command

    def program(self, argv, text=b"", environment=None):
        """Runs one; gives its exit code."""
        report = f"{self.log}.report"
        with open(self.log, "ab") as log:
            done = subprocess.run(self.traced(argv, report), input=text, stdout=log, stderr=log, timeout=100,
                                  cwd=f"{self.field.top}/joe", env=environment or self.field.environment, check=False)
        if not self.field.is_perturbed:
            return done.returncode
        with open(report, encoding="utf-8") as file:
            codes = re.findall(r"^exit \S+ (\d+)$", file.read(), re.M)
        return int(codes[-1]) if codes else -1

    def pause_if_full(self):
        """The mailbox is to keep its size, more or less: who deletes must keep up."""
        while now() < self.field.deadline and self.field.count() > self.field.size * 3 // 2 + 20:
            time.sleep(0.005)

    def pause(self, most_seconds):
        """That others get their turn; longer in a calm round."""
        time.sleep(self.random.random() * most_seconds * self.field.calmness)


class Deliverer(Actor):
    """maildir-deliver, or another program that takes a message from its standard input."""
    kind = OURS

    def command(self):
        return ["maildir-deliver", self.field.maildir]

    def environment(self):
        return None

    def step(self):
        self.pause_if_full()
        token = self.new_token(self.kind)
        began = now()
        code = self.program(self.command(), text_of(token), self.environment())
        self.told.deliveries.append(Delivery(token, began, now(), code == 0))
        self.told.count("deliveries")
        if code != 0:
            self.is_wrong(f"{self.command()[0]} ends with {code}")
        self.pause(0.01)


class Lda(Deliverer):
    """Dovecot's."""
    kind = "l"

    def command(self):
        return self.field.others.command("dovecot-lda")

    def environment(self):
        return self.field.others.environment(f"{self.field.top}/joe")


class Maildrop(Deliverer):
    kind = "m"

    def command(self):
        return self.field.others.command("maildrop") + [f"{self.field.top}/joe/mailfilter"]

    environment = Lda.environment

    def begin(self):
        with open(f"{self.field.top}/joe/mailfilter", "w", encoding="utf-8") as file:
            file.write(f'to "{self.field.maildir}/"\n')
        os.chmod(file.name, 0o600)


class ImapUser(Actor):
    """Has the mailbox open by Dovecot: flags, reads, stores and expunges messages."""

    def begin(self):
        self.messages = {}  # UID -> token
        self.open()

    def open(self):
        self.log_file = open(self.log, "ab")
        command = self.field.others.command("imap")
        environment = self.field.others.environment(f"{self.field.top}/joe")
        self.imap = Imap(self.traced(command, seconds=600), environment, self.log_file)
        _, _, untagged = self.imap.command("SELECT INBOX")
        self.validity = int(re.search(rb"UIDVALIDITY (\d+)", b"\n".join(untagged))[1])
        self.look(1)

    def close(self):
        self.imap.close()
        self.log_file.close()

    def step(self):
        step = self.random.choice([self.flag] * 12 + [self.flag_all, self.read, self.read, self.expunge, self.expunge,
                                                      self.store, self.store, self.reopen])
        step()
        self.pause(0.01)
        self.look(max(self.messages, default=0) + 1)

    def end(self):
        self.told.seen = list(self.messages.values())
        self.close()

    def look(self, least):
        """Learns of what has come."""
        for uid, (guid, token) in self.imap.messages(f"{least}:*").items():
            self.messages[uid] = token
            self.told.names[guid] = token
            self.told.names[f"{uid:08x}{self.validity:08x}"] = token  # as Dovecot's POP3 server has it

    def some(self, most):
        chosen = self.random.sample(sorted(self.messages), min(len(self.messages), self.random.randint(1, most)))
        return ",".join(map(str, sorted(chosen)))

    def flag(self, which=None):
        if not self.messages:
            return
        sign, flag = self.random.choice("+-"), self.random.choice(FLAGS)
        is_ok, reply, untagged = self.imap.command(f"UID STORE {which or self.some(40)} {sign}FLAGS ({flag})")
        self.told.count("IMAP flags changed", sum(b" FETCH " in line for line in untagged))
        if not is_ok:
            self.told.count("IMAP commands refused")
            self.say(f"STORE: {reply}")

    def flag_all(self):
        self.flag("1:*")

    def read(self):
        if not self.messages:
            return
        uid = self.random.choice(sorted(self.messages))
        _, _, untagged = self.imap.command(f"UID FETCH {uid} (UID BODY.PEEK[])")
        self.told.count("IMAP messages read")
        for line in untagged:
            if (found := re.search(rb"BODY\[\] \{(\d+)\}", line)) and b"UID %d " % uid in line:
                content = line[found.end():found.end() + int(found[1])]
                token = self.messages[uid]
                if token[0] != OURS and content != wire_of(token):  # CRs and NULs it changes
                    self.is_wrong(f"IMAP gives other octets for {token}")

    def store(self):
        self.pause_if_full()
        token = self.new_token("i")
        began = now()
        is_ok, reply, _ = self.imap.command(f"APPEND INBOX ({self.random.choice(FLAGS)})", wire_of(token))
        self.told.deliveries.append(Delivery(token, began, now(), is_ok))
        self.told.count("IMAP messages stored")
        if not is_ok:
            self.is_wrong(f"APPEND: {reply}")

    def expunge(self):
        if not self.messages or self.field.count() < self.field.size // 2:
            return
        which = self.some(4)
        began = now()
        self.imap.command(f"UID STORE {which} +FLAGS.SILENT (\\Deleted)")
        self.imap.command(f"UID EXPUNGE {which}")
        left = self.imap.messages(which)
        for uid in map(int, which.split(",")):
            self.told.deletions.append(Deletion(self.messages[uid], began, now(), uid not in left, "IMAP"))
            if uid not in left:
                del self.messages[uid]
            self.told.count("IMAP messages expunged")

    def reopen(self):
        self.close()
        self.messages = {}
        self.open()


class Retention(Actor):
    """Restores old messages, as from a backup, and runs expire, which removes them when they have been seen."""

    def step(self):
        for _ in range(self.random.randint(1, 5)):
            self.restore()
        began = now()
        code = self.program(["expire", "30", "true", "Maildir"])
        self.told.uses.append(Use(began, now()))
        self.told.count("runs of expire")
        if code != 0:
            self.is_wrong(f"expire ends with {code}")
        self.pause_if_full()
        self.pause(0.1)

    def restore(self):
        token = self.new_token(OLD_MAIL)
        name = f"{OLD + self.serial}.M{self.serial}P1.restored"
        self.told.names[name] = token
        temporary = f"{self.field.maildir}/tmp/{name}"
        began = now()
        with open(temporary, "wb") as file:
            file.write(text_of(token))
        os.utime(temporary, (OLD, OLD))
        os.rename(temporary, f"{self.field.maildir}/{self.random.choice(['cur/%s:2,S', 'cur/%s:2,', 'new/%s']) % name}")
        self.told.deliveries.append(Delivery(token, began, now(), True))
        self.told.count("deliveries")


class Postmaster(Actor):
    """Publishes bulletins, and looks at unique-ids and at who came when."""
    user = None

    def step(self):
        if self.serial < 30 and self.random.random() < 0.3:
            token = self.new_token("bulletin-")
            began = now()
            code = self.program(["bulletin-add", self.field.bulls, token], BULLETIN.format(token=token).encode())
            self.told.deliveries.append(Delivery(token, began, now(), code == 0))
            self.told.count("bulletins")
            if code != 0:
                self.is_wrong(f"bulletin-add ends with {code}")
        code = self.program(["maildir-uidl", self.field.maildir])
        if code != 0:
            self.is_wrong(f"maildir-uidl ends with {code}")
        self.told.count("reports of maildir-uidl")
        self.pause(0.2)
