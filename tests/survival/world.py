# SPDX-License-Identifier: ISC
"""A small installation: joe's mailbox, users.cdb, bulletins; and what must hold of it, whatever dies.

World.reset makes it anew; the check_ functions say what is wrong with it. Violations are exceptions.
"""
import os
import re
import shutil
import subprocess
import time

JOE = 20001
POPNULL = 20000
OLD = 1000000000  # of messages that expire has in view
# What may stand beside new/, cur/ and tmp/: all else is a file that somebody left behind.
KNOWN = {"new", "cur", "tmp", "popchain.index", "popchain.expire", "uidl.map", "maildirsize", "dovecot-uidlist",
         ".popbull", ".last-login", ".Trash"}
DELETED = ("1700000002.M2P2.h", "1700000015.M15P2.h,S=60,W=63")  # by the session; one in cur/, one in new/
RETRIEVED = ("1700000003.M3P3.h", "1700000016.M16P2.h")
IN_TRASH = (f"cur/{DELETED[0]}:2,F", b"Subject: trash\n\nof old\n")
SECRETS = {"joe": "sesame", "ann": "open barley", "bob": "open wheat"}


class Violation(Exception):
    """Something that must never be."""


def wire(content):
    """What RETR sends, dots not yet doubled."""
    text = re.sub(rb"(?<!\r)\n", b"\r\n", content)
    return text if text.endswith(b"\n") or not text else text + b"\r\n"


def unique(name):
    return name.partition(":")[0]


def make_messages():
    """Unique name -> (path, content)."""
    messages = {}
    for i in range(1, 21):
        content = f"Subject: {i}\n\n.a message\nof joe's, {'x' * (i % 4)}".encode() + b"\n" * (i % 5 != 0)
        content += b"y" * (60 - len(content)) if i == 15 else b""
        name = f"1700000{i:03}.M{i}P{2 if i > 12 else i}.h"
        if i == 15:
            name += f",S=60,W={len(content) + content.count(10)}"
        flags = ["", "S", "F", "FS"][i % 4]
        messages[name] = (f"cur/{name}:2,{flags}" if i <= 12 else f"new/{name}", content)
    old = f"{OLD}.M1P1.h"
    messages[old] = (f"cur/{old}:2,S", b"Subject: old\n\nold\n")
    return messages


class World:
    """One installation in DIRECTORY, with the programs of BIN."""

    def __init__(self, directory, bin_directory):
        self.top, self.bin = directory, bin_directory
        self.template = directory + ".template"
        self.messages = make_messages()
        self.maildir, self.users, self.bulls, self.relays = (
            f"{self.top}/{name}" for name in ("joe/Maildir", "users", "bulls", "relays"))
        self.database = f"{self.users}/users.cdb"
        self.had_power_loss = False
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "LC_ALL": "C", "UID": str(POPNULL), "GID": str(POPNULL),
                            "ROOT": f"{self.top}/empty", "POP3_ERROR_INTERVAL": "0", "TCPREMOTEIP": "192.0.2.1", "INTRANET": "1",
                            "BOTAN_MLOCK_POOL_SIZE": "0"}  # spares a thousand calls that lock memory
        self.make_template()

    def make_template(self):
        os.makedirs(self.top)
        for folder in ("joe/Maildir/new", "joe/Maildir/cur", "joe/Maildir/tmp", "users", "bulls", "empty", "relays",
                       "sent/new", "sent/cur", "sent/tmp"):
            os.makedirs(f"{self.top}/{folder}")
        for path, content in self.messages.values():
            self.write(f"joe/Maildir/{path}", content)
        os.utime(f"{self.maildir}/{self.messages[f'{OLD}.M1P1.h'][0]}", (OLD, OLD))
        self.write("joe/Maildir/.popbull", b"1\n")
        for number in (1, 2, 3):
            self.write(f"bulls/0000{number}.text", b"From: postmaster@h\nDate: today\nSubject: %d\n\nto all\n" % number)
        self.write("bulls/.highest", b"3\n")
        self.make_certificate()
        self.own()
        self.tool("apoppasswd", "-f", self.database, "-c")
        lines = [f"{name}:{SECRETS[name]}:{JOE}:{JOE}:{self.top}/joe" for name in ("joe", "ann")]
        self.tool("apoppasswd", "-f", self.database, "-i", "-", text="\n".join(lines) + "\n")
        os.rename(self.top, self.template)

    def make_certificate(self):
        os.mkdir(f"{self.top}/tls")
        self.tool("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
                  "-subj", "/CN=h", "-keyout", f"{self.top}/tls/h.key", "-out", f"{self.top}/tls/h.pem")

    def own(self):
        for place in ("joe", "relays", "sent"):
            for folder, _, names in os.walk(f"{self.top}/{place}"):
                for name in [""] + names:
                    os.chown(f"{folder}/{name}", JOE, JOE)

    def write(self, path, content):
        with open(f"{self.top}/{path}", "wb") as file:
            file.write(content)

    def reset(self):
        shutil.rmtree(self.top, ignore_errors=True)
        subprocess.run(["cp", "-a", self.template, self.top], check=True)
        with open(self.top + ".log", "wb"):
            self.delivered = {}
        self.expected_uidls = {}  # of those whose ids are not their names

    def make_quota(self):
        """A Maildir++ with a quota."""
        self.write("joe/Maildir/maildirsize", b"1000000S\n1234 21\n")
        self.own()

    def make_old_list(self):
        """Another server's list of unique-ids."""
        text = "3 V1700000000 N99\n"
        for i, name in enumerate(sorted(self.messages)):
            text += f"{i + 1} :{os.path.basename(self.messages[name][0])}\n"
            self.expected_uidls[name] = f"{i + 1:08x}{1700000000:08x}"
        self.write("joe/Maildir/dovecot-uidlist", text.encode())
        self.own()

    def make_trash(self):
        """In the Trash is another message of a name that is going to be deleted."""
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{self.maildir}/.Trash/{folder}")
        self.write("joe/Maildir/.Trash/maildirfolder", b"")
        self.write(f"joe/Maildir/.Trash/{IN_TRASH[0]}", IN_TRASH[1])
        self.own()

    def make_index(self):
        """By a session of which nobody takes notice."""
        time.sleep(0.03)  # an index is believed only of directories older than the clock's tick
        self.tool("pop3d", self.maildir, text="QUIT\r\n", user=JOE, environment=self.environment | {"POP3_MOVE_NEW": "0"})
        if not os.path.exists(f"{self.maildir}/popchain.index"):
            raise Violation("no index was made")

    def tool(self, *argv, text="", user=None, check=True, environment=None):
        """Runs a program that must not take long; gives its exit code and what it has said."""
        who = {"user": user, "group": user, "extra_groups": []} if user else {}
        try:
            done = subprocess.run(argv, input=text.encode(), capture_output=True, timeout=20, cwd=self.top,
                                  env=environment or self.environment, **who)
        except subprocess.TimeoutExpired as error:
            raise Violation(f"{argv[0]} does not end") from error
        if check and done.returncode != 0:
            raise Violation(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.decode()}")
        return done.returncode, done.stdout + done.stderr

    def deliver(self):
        """Another program's doing: must succeed."""
        number = len(self.delivered)
        before = {name for _, name, _ in self.files()}
        content = f"Subject: delivered {number}\n\nhello\n"
        self.tool("maildir-deliver", self.maildir, text=content, user=JOE)
        (new,) = {name for _, name, _ in self.files()} - before
        self.delivered[unique(new)] = (f"new/{new}", content.encode())

    def said(self):
        """What the traced program has said since reset."""
        with open(self.top + ".log", encoding="latin1") as file:
            return file.read()

    # --- what is there

    def files(self):
        """(folder, name, content) of all that may be a message; a file of two names is one, as it is to pop3d."""
        found = {}
        for folder in ("new", "cur"):
            for name in os.listdir(f"{self.maildir}/{folder}"):
                with open(f"{self.maildir}/{folder}/{name}", "rb") as file:
                    found[os.fstat(file.fileno()).st_ino] = (folder, name, file.read())
        return list(found.values())

    def contents(self):
        """Unique name -> content, of all that we have put there."""
        return {name: content for name, (_, content) in (self.messages | self.delivered).items()}

    def bulletins(self):
        """The numbers of those that were delivered; each must be whole."""
        numbers = []
        for folder, name, content in self.files():
            if found := re.match(r"\d+\.bull(\d+)\.", name):
                numbers.append(int(found[1]))
                if not content.endswith(b"\n\nto all\n"):
                    raise Violation(f"{folder}/{name} is not whole: {content}")
        return sorted(numbers)

    # --- what must hold

    def check_messages(self, quit="never", deleted=(), retrieved=(), may_be_gone=(), listed=()):
        """Each once and whole, where it was, with the flags that it had: but for what QUIT does to those that were
        DELETED, RETRIEVED and LISTED. It was "never" said, "sent", or "acknowledged"."""
        there = self.messages_there()
        for key in there.keys() - self.contents().keys():
            raise Violation(f"{there[key][0]}, whence?")
        for key, content in self.contents().items():
            if key in there:
                if there[key][1] != content:
                    raise Violation(f"{key} has another content")
                if key in deleted and quit == "acknowledged":
                    raise Violation(f"{key} was deleted, and is there")
                self.check_place(key, there[key][0], quit, key in retrieved, key in listed)
            elif key not in may_be_gone and (key not in deleted or quit == "never"):
                raise Violation(f"{key} is lost")

    def messages_there(self):
        """Unique name -> (path, content), of all but bulletins."""
        there = {}
        for folder, name, content in self.files():
            if re.match(r"\d+\.bull\d+\.", name):
                continue
            if unique(name) in there:
                raise Violation(f"{unique(name)} is there twice")
            there[unique(name)] = (f"{folder}/{name}", content)
        return there

    def check_place(self, key, path, quit, was_retrieved, was_listed):
        """PATH is where this message may be."""
        before = (self.messages | self.delivered)[key][0]
        had, has = set(before.partition(":2,")[2]), set(path.partition(":2,")[2])
        may_get = {"S"} if was_retrieved and quit != "never" else set()
        if not had <= has or not has <= had | may_get:
            raise Violation(f"{before} has become {path}")
        if quit == "never" and path != before:
            raise Violation(f"{before} has become {path} without QUIT")
        if quit == "acknowledged" and was_retrieved and "S" not in has:
            raise Violation(f"{path} was retrieved, and has no S")
        if quit == "acknowledged" and was_listed and path.startswith("new/"):
            raise Violation(f"{path} is still new")

    def check_trash(self, deleted):
        """What is not in its place any more is in the Trash, and whole; and what was there before."""
        trash, there = f"{self.maildir}/.Trash/cur", {unique(name) for _, name, _ in self.files()}
        found = []
        for name in os.listdir(trash):
            with open(f"{trash}/{name}", "rb") as file:
                found.append(file.read())
        for content in [IN_TRASH[1]] + [self.contents()[key] for key in deleted - there]:
            if content not in found:
                raise Violation(f"neither in its place nor in the Trash: {content}")

    def check_leftovers(self):
        """Nothing but regular files in tmp/, which are removed when they are old; and nothing elsewhere."""
        strange = set(os.listdir(self.maildir)) - KNOWN
        if strange:
            raise Violation(f"left behind in the Maildir: {strange}")
        left = os.listdir(f"{self.maildir}/tmp")
        for name in left:
            if name.startswith(".") or not os.path.isfile(f"{self.maildir}/tmp/{name}"):
                raise Violation(f"tmp/{name} is left behind for ever")
        if len(left) > 3 and not self.had_power_loss:
            raise Violation(f"much is left behind in tmp/: {left}")
        # Where last-login may not enter the Maildir, it writes into the home.
        strange = set(os.listdir(f"{self.top}/joe")) - {"Maildir", ".last-login"}
        if strange:
            raise Violation(f"left behind in the home: {strange}")

    def sent(self):
        """The messages that a mail command has sent."""
        return [open(f"{self.top}/sent/new/{name}", "rb").read() for name in os.listdir(f"{self.top}/sent/new")]

    def check_relays(self):
        """The client may relay."""
        for name in os.listdir(self.relays):
            with open(f"{self.relays}/{name}", "rb") as file:
                content = file.read()
            if not name.startswith(".") and (name, content) != ("192.0.2.1", b"USER=joe\0"):
                raise Violation(f"relay-allow: {name} has {content}")
        if "192.0.2.1" not in os.listdir(self.relays):
            raise Violation("the client may not relay")

    def check_logins(self, *choices):
        """All logins of one of the choices {login: secret} are good; gives its number."""
        wrong = []
        for i, choice in enumerate(choices):
            codes = {login: self.login(login, secret) for login, secret in choice.items()}
            if all(code == 0 for code in codes.values()):
                return i
            wrong.append(codes)
        raise Violation(f"nobody logs in: {wrong}")

    def check_users_files(self, may_be_left=()):
        left = set(os.listdir(self.users)) - {"users.cdb", "users.key", "users.cdb.lock"} - set(may_be_left)
        if left:
            raise Violation(f"left behind: {left}")

    def login(self, login, secret):
        reading, writing = os.pipe()
        os.write(writing, f"{login}\0{secret}\0<x>\0".encode())
        os.close(writing)
        with subprocess.Popen(["sh", "-c", f"exec 3<&{reading}; exec checkpw -f users/users.cdb true"], cwd=self.top,
                              pass_fds=[reading], env=self.environment, stderr=subprocess.DEVNULL) as process:
            os.close(reading)
            return process.wait(20)
