#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Many sessions, which end in every way that there is; and what is left of them.

usage   soak.py BIN [--sessions N] [--seconds N] [--users N] [--seed N]

As root, in namespaces of its own: all processes, sockets and files that it sees are its own. Begins no round of
sessions when the seconds are over. The last line has the figures; exits 1 if anything was lost, or has grown since
the first round.
"""
import argparse
import collections
import ctypes
import fcntl
import multiprocessing
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from processes import anonymous_kib, descendants, descriptors, pss_kib
from soak_endings import ENDINGS
from soak_user import EACH, FIRST_UID, SECRET, Lost, User

ROUNDS = 20
POPNULL = 20000
# KiB that a process may have grown by: what its allocator does not give back.
MEMORY_SLACK = {"tcpserver": 64, "tlsd": 512}


class Service:
    """tcpserver with the chain, and tlsd, in the directory TOP."""

    def __init__(self, top, bin_directory, users, login_timeout):
        self.top = top
        self.log = collections.Counter()
        self.environment = {
            "PATH": f"{bin_directory}:/usr/bin:/bin", "LC_ALL": "C", "UID": str(POPNULL), "GID": str(POPNULL),
            "ROOT": f"{top}/empty", "POP3_TLS_SOCKET": f"{top}/run/tlsd", "POP3_GUESSES": f"{top}/run/guesses",
            "POP3_LOGIN_TIMEOUT": str(login_timeout), "POP3_TIMEOUT": "2", "POP3_ERROR_INTERVAL": "0",
            "POP3_DELAY_MAX": "0"}
        self.make(users)
        reading, self.log_fd = os.pipe()
        threading.Thread(target=self.count_log, args=[reading], daemon=True).start()
        self.tlsd = self.start("tlsd", "-c", f"{top}/tls", f"{top}/run/tlsd")
        while not os.path.exists(f"{top}/run/tlsd"):
            time.sleep(0.01)
        self.server = self.start("tcpserver", "-1RHl0", "-c", "400", "127.0.0.1", "0", "pop3-login", "localhost",
                                 "checkpw", "-f", f"{top}/users/users.cdb", "last-login", "pop3d", "Maildir",
                                 stdout=subprocess.PIPE)
        self.port = int(self.server.stdout.readline())

    def make(self, users):
        for folder in ("users", "empty", "run", "tls"):
            os.mkdir(f"{self.top}/{folder}")
        lines = ""
        for number in range(users):
            home, uid = f"{self.top}/u{number}", FIRST_UID + number
            for folder in ("new", "cur", "tmp"):
                os.makedirs(f"{home}/Maildir/{folder}")
            for folder in ("", "/Maildir", "/Maildir/new", "/Maildir/cur", "/Maildir/tmp"):
                os.chown(home + folder, uid, uid)
            lines += f"u{number}:{SECRET}:{uid}:{uid}:{home}\n"
        database = ["apoppasswd", "-f", f"{self.top}/users/users.cdb"]
        subprocess.run(database + ["-c"], check=True, env=self.environment)
        subprocess.run(database + ["-i", "-"], check=True, env=self.environment, input=lines.encode())
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                        "-subj", "/CN=localhost", "-keyout", f"{self.top}/tls/mail.key", "-out",
                        f"{self.top}/tls/mail.pem"], check=True, stderr=subprocess.DEVNULL)

    def start(self, *argv, **where):
        return subprocess.Popen(argv, env=self.environment, stderr=self.log_fd, cwd=self.top, **where)

    def count_log(self, reading):
        """How many events there were, of each kind and reason; and what is none of ours."""
        with open(reading, encoding="latin1") as lines:
            for line in lines:
                found = re.search(r'event=(\S+)(?:.* (?:reason|signal|error)=("[^"]*"|\S+))?', line)
                self.log[" ".join(filter(None, found.groups())) if found else line.rstrip()] += 1

    def stop(self):
        for process in (self.server, self.tlsd):
            process.terminate()
            process.wait()

    def wait_until_idle(self):
        """Every process of a session has ended."""
        for _ in range(3000):
            if not descendants(self.server.pid) and not [pid for pid in our_processes() if is_session(pid)]:
                return
            time.sleep(0.01)
        raise Lost(f"these do not end: {descendants(self.server.pid)}")


def our_processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def is_session(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="latin1") as file:
            return file.read().rstrip() in ("pop3-login", "checkpw", "last-login", "pop3d")
    except OSError:
        return False


def lines_of(path, unwanted=r"^\s*sl|^\s*key|^Num"):
    try:
        with open(path, encoding="latin1") as file:
            return [line for line in file if not re.search(unwanted, line)]
    except OSError:
        return []


def count_files(top):
    """All but messages: those are counted by who knows them."""
    return sum(len(folders) + len(names) for place, folders, names in os.walk(top)
               if os.path.basename(place) not in ("new", "cur"))


def what_is_there(service):
    """Names of what may be left behind -> how much of it there is. Memory in KiB."""
    workers = descendants(service.tlsd.pid)
    tlsd = [service.tlsd.pid, *workers]
    time_wait = r"^(\s*\S+){3} 06 "
    device = os.stat(service.top).st_dev  # locks of others are to be seen too
    device = f"{os.major(device):02x}:{os.minor(device):02x}"
    return {
        "processes": len(our_processes()),
        "tlsd's processes": len(tlsd),
        "tcpserver's descriptors": descriptors(service.server.pid),
        "tlsd's descriptors": sum(map(descriptors, tlsd)),
        "sockets": len(lines_of("/proc/net/tcp", r"^\s*sl|" + time_wait)) + len(lines_of("/proc/net/unix")),
        "locks": len([line for line in lines_of("/proc/locks") if f" {device}:" in line]),
        "files": count_files(service.top),
        "IPC objects": sum(len(lines_of(f"/proc/sysvipc/{kind}")) for kind in ("shm", "sem", "msg")),
        "files in /dev/shm": len(os.listdir("/dev/shm")),
        "KiB of tcpserver": anonymous_kib(service.server.pid),
        "KiB of tlsd": sum(map(anonymous_kib, tlsd)),
        "KiB of tlsd, PSS": sum(map(pss_kib, tlsd)),
    }


def grown(before, after):
    slack = {"KiB of tcpserver": MEMORY_SLACK["tcpserver"],
             "KiB of tlsd": MEMORY_SLACK["tlsd"] * before["tlsd's processes"],
             "KiB of tlsd, PSS": MEMORY_SLACK["tlsd"] * before["tlsd's processes"]}
    return [name for name in before if after[name] > before[name] + slack.get(name, 0)]


# --- the users --------------------------------------------------------------------------------

def be_user(number, service_port, top, seed, channel):
    """A process: receives (first, count), sends what User.run gives, or why it could not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    user = User(number, service_port, top, seed)
    while (order := channel.recv()) is not None:
        try:
            channel.send((user.run(ENDINGS, *order), user.delivered, user.busy))
        except Lost as error:
            channel.send(f"{user.name}: {error}")
            return


def start_users(count, service, seed):
    users = []
    for number in range(count):
        ours, theirs = multiprocessing.Pipe()
        arguments = (number, service.port, service.top, seed + number, theirs)
        process = multiprocessing.Process(target=be_user, args=arguments, daemon=True)
        process.start()
        theirs.close()
        users.append((process, ours))
    return users


def run_round(users, first, count):
    """COUNT sessions of each user, all at the same time; the sum of what came of it."""
    for _, channel in users:
        channel.send((first, count))
    sum_of, delivered, busy, lost = collections.Counter(), 0, 0, []
    for _, channel in users:
        try:
            answer = channel.recv()
        except EOFError:
            answer = "a user's process has died"
        if isinstance(answer, str):
            lost.append(answer)
        else:
            sum_of.update(answer[0])
            delivered, busy = delivered + answer[1], busy + answer[2]
    if lost:
        raise Lost("; ".join(lost))
    return sum_of, delivered, busy


# --- the whole --------------------------------------------------------------------------------

def soak(options, top, begin_s):
    rounds = ROUNDS if options.sessions >= 10000 else 3
    each = max(EACH, options.sessions // rounds // options.users)
    if options.users * EACH < len(ENDINGS):
        sys.exit("too few users: not every ending would be seen")
    service = Service(top, options.bin, options.users, 10 if options.sessions >= 10000 else 4)
    users = start_users(options.users, service, options.seed)
    endings, before = collections.Counter(), None
    for number in range(rounds):
        if time.monotonic() - begin_s > options.seconds:
            break
        counts, delivered, busy = run_round(users, number * each, each)
        endings += counts
        service.wait_until_idle()
        after = what_is_there(service)
        before = before or after
        print(f"{endings.total()} sessions, {time.monotonic() - begin_s:.0f} s: " + show(after), flush=True)
    for process, channel in users:
        channel.send(None)
        process.join()
    service.stop()
    return endings, delivered, busy, before, after, service.log


def show(things):
    return ", ".join(f"{count} {name}" for name, count in things.items())


def report(options, endings, delivered, busy, before, after, log, begin_s):
    print("endings: " + ", ".join(f"{name} {count}" for name, count in endings.most_common()))
    print("log: " + ", ".join(f"{name} {count}" for name, count in log.most_common()))
    ours = r'failed (?!"mailbox in use")|unguarded|died (?!9$|15$)'  # the signals are those of soak_endings.py
    wrong = [line for line in log if re.match(ours, line) or "=" in line]
    missing = [end.__name__ for end, _ in ENDINGS if not endings[end.__name__]]
    more = grown(before, after)
    over = "" if endings.total() >= options.sessions * 0.9 else f" of {options.sessions}, the time being over"
    print(f"soak: {endings.total()} sessions{over}, {len(endings)} endings, {delivered} messages delivered, "
          f"none lost and none back, {busy} logins while in use, {time.monotonic() - begin_s:.0f} s, "
          f"seed {options.seed}; grown: {', '.join(more) or 'nothing'}" + "; ".join(["", *wrong, *missing]))
    return 1 if more or wrong or missing else 0


def enter_namespaces():
    """Executes this program anew where it sees nothing but its own. A shell is the init that waits for orphans."""
    os.execvp("unshare", ["unshare", "-mnip", "--fork", "--kill-child", "--mount-proc", "env", "SOAK_INSIDE=1",
                          "sh", "-c", '"$@" & wait $!', "sh", sys.executable, *sys.argv])


def raise_loopback():
    """As `ip link set lo up`."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x49))  # SIOCSIFFLAGS; UP, LOOPBACK, RUNNING


def mount_tmpfs(*places):
    libc = ctypes.CDLL(None, use_errno=True)
    for place in places:
        if libc.mount(b"none", place.encode(), b"tmpfs", 0, b"mode=755"):
            raise OSError(ctypes.get_errno(), f"mount a tmpfs at {place}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=os.path.abspath)
    for name, default in (("sessions", 200000), ("seconds", 1500), ("users", 24), ("seed", int(time.time()))):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root")
    if "SOAK_INSIDE" not in os.environ:
        enter_namespaces()
    raise_loopback()
    begin_s = time.monotonic()
    top = tempfile.mkdtemp(prefix="soak.")
    try:
        mount_tmpfs(top, "/dev/shm")
        shutil.copytree(options.bin, f"{top}/bin")
        options.bin = f"{top}/bin"
        sys.exit(report(options, *soak(options, top, begin_s), begin_s))
    except Lost as error:
        sys.exit(f"soak: {error} (seed {options.seed})")
    finally:
        subprocess.run(["umount", "-l", top], check=True)
        os.rmdir(top)


main()
