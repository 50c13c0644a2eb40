# SPDX-License-Identifier: ISC
"""Other people's programs that work on a Maildir: Dovecot's IMAP server and LDA, and maildrop.

They are Debian's, unpacked and not installed (tests/unpack), and run as the user from a directory of their
own, without any configuration of the machine's. Where they cannot be had, Others says so.
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess

UNPACK = pathlib.Path(__file__).resolve().parent.parent / "unpack"
DOVECOT = ("dovecot-core", "dovecot-imapd", "libunwind8")
MAILDROP = ("maildrop", "courier-authlib", "libcourier-unicode4", "libgdbm6", "libpcre3")


class Others:
    """The programs, copied into DIRECTORY, where joe can reach them."""

    def __init__(self, directory, is_wanted=True):
        self.directory = directory
        os.makedirs(f"{directory}/lib")
        self.has_dovecot = is_wanted and self.fetch(DOVECOT, ("imap", "dovecot-lda"))
        self.has_maildrop = is_wanted and self.fetch(MAILDROP, ("maildrop",))

    def fetch(self, packages, programs):
        for package in packages:
            done = subprocess.run([UNPACK, package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                return False
            files = pathlib.Path(done.stdout.decode().strip())
            for path in files.rglob("lib*.so*"):
                if "modules" not in path.parts:
                    shutil.copy(path, f"{self.directory}/lib")
            for program in programs:
                for path in files.glob(f"usr/*/**/{program}"):
                    if path.is_file() and os.access(path, os.X_OK):
                        shutil.copyfile(path, f"{self.directory}/{program}")  # without its setgid bit
                        os.chmod(f"{self.directory}/{program}", 0o755)
        return all(os.path.exists(f"{self.directory}/{program}") for program in programs)

    def environment(self, home):
        """Dovecot's settings may come this way as well as by doveconf."""
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": home, "USER": "joe",
                "LD_LIBRARY_PATH": f"{self.directory}/lib", "DOVECONF_ENV": "1", "HOSTNAME": "h",
                "MAIL_LOCATION": f"maildir:{home}/Maildir", "MAIL_FSYNC": "never",
                "BASE_DIR": self.directory, "STATS_WRITER_SOCKET_PATH": "", "LOG_PATH": "/dev/stderr"}

    def command(self, program):
        return [f"{self.directory}/{program}"]


class Imap:
    """A client of Dovecot's imap, which is logged in from the start."""

    def __init__(self, command, environment, log):
        self.socket, other = socket.socketpair()
        self.socket.settimeout(60)
        self.process = subprocess.Popen(command, stdin=other, stdout=other, stderr=log, env=environment)
        other.close()
        self.replies = self.socket.makefile("rb")
        self.serial = 0
        self.line()

    def line(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the IMAP server has gone")
        return line[:-2]

    def command(self, text, literal=None):
        """(is it OK?, the tagged reply, the untagged ones); a reply's literals are put into its text, behind {n}."""
        self.serial += 1
        tag = b"t%d" % self.serial
        command = tag + b" " + text.encode()
        if literal is not None:
            command += b" {%d+}\r\n" % len(literal) + literal
        self.socket.sendall(command + b"\r\n")
        untagged = []
        while True:
            line = self.whole_line()
            if line.startswith(tag + b" "):
                return line.startswith(tag + b" OK"), line, untagged
            untagged.append(line)

    def whole_line(self):
        line = self.line()
        while found := re.search(rb"\{(\d+)\}$", line):
            line += self.replies.read(int(found[1])) + self.line()
        return line

    def messages(self, which="1:*"):
        """UID -> (GUID, subject). The GUID is the unique name of the file."""
        _, _, untagged = self.command(f"UID FETCH {which} (UID X-GUID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        found = {}
        for line in untagged:
            patterns = (rb"UID (\d+)", rb"X-GUID ([^ )]+)", rb"Subject: (\S+)")
            uid, guid, subject = (re.search(pattern, line) for pattern in patterns)
            if uid and guid and subject:
                found[int(uid[1])] = (guid[1].decode("latin1"), subject[1].decode("latin1"))
        return found

    def close(self):
        try:
            self.command("LOGOUT")
        except OSError:
            pass
        self.replies.close()
        self.socket.close()
        self.process.wait(60)
