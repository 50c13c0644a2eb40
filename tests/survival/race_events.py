# SPDX-License-Identifier: ISC
"""What actors tell of their doings, and the messages that they deliver.

All times are time.monotonic_ns(), one clock for all processes. Something was done between BEGAN and ENDED;
IS_DONE if that was acknowledged.
"""
import functools
import random
import re
import time
from dataclasses import dataclass, field

from world import wire

now = time.monotonic_ns
# Kinds of tokens, by which messages are known: the first line is "Subject: TOKEN".
OURS = "d"      # maildir-deliver's, of any octets
OLD_MAIL = "o"  # which the retention job may take


@dataclass(slots=True)
class Delivery:
    token: str
    began: int
    ended: int
    is_done: bool


@dataclass(slots=True)
class Deletion:
    token: str
    began: int
    ended: int
    is_done: bool
    by: str


@dataclass(slots=True)
class Use:
    """A program that may have had the lock for a while."""
    began: int
    ended: int


@dataclass(slots=True)
class Refusal:
    command: str
    uid: str
    reply: str
    ended: int


@dataclass(slots=True)
class Session:
    """One login, and what came of it."""
    began: int                 # the password was sent
    answered: int = 0
    reply: str = ""
    may_lock_until: int = 0    # the lock is gone at the latest then
    surely_locks_until: int = 0
    uids: list = field(default_factory=list)       # the whole list
    refusals: list = field(default_factory=list)

    @property
    def is_in(self):
        return self.reply.startswith("+OK")


@dataclass
class Told:
    """All that one actor has seen."""
    name: str
    deliveries: list = field(default_factory=list)
    deletions: list = field(default_factory=list)
    sessions: list = field(default_factory=list)
    uses: list = field(default_factory=list)
    tokens: dict = field(default_factory=dict)   # unique-id -> token, as it was read
    names: dict = field(default_factory=dict)    # unique name -> token
    sizes: dict = field(default_factory=dict)    # unique-id -> octets announced
    expired: int = 0                             # messages, by what expire has said
    seen: list = field(default_factory=list)     # the tokens in the mailbox, as this one has seen it last
    operations: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)

    def count(self, what, number=1):
        self.operations[what] = self.operations.get(what, 0) + number


BULLETIN = "From: postmaster@h\nDate: today\nSubject: {token}\n\nto all\n"  # as bulletin-add takes it
LINES = [b"", b".", b"..", b".a line", b"From here", b"x" * 70, b"--", b"a word or two", b"\t", b"caf\xc3\xa9"]
ODD_PIECES = LINES + [b"\r", b"\0", b"\n\n", b"\r\n", b"y" * 2000]


@functools.lru_cache(5000)
def text_of(token):
    """The message of that token: always the same."""
    if is_bulletin(token):  # as a user gets it
        return BULLETIN.format(token=token).replace("\n\n", "\nTo: joe@h\n\n", 1).encode()
    chooser = random.Random(token)
    count = chooser.choice([0, 1, 3, 10, 10, 30, 30, 60] * 10 + [5000])
    head = f"Subject: {token}\n\n".encode()
    if token[0] == OURS and chooser.random() < 0.3:
        return head + b"\n".join(chooser.choices(ODD_PIECES, k=count))
    return head + b"".join(line + b"\n" for line in chooser.choices(LINES, k=count))


@functools.lru_cache(5000)
def wire_of(token):
    return wire(text_of(token))


def token_in(text):
    """Of a message, in whatever form; None if it has none."""
    found = re.match(rb"(?:[^\n]+\n)*?Subject: (\S+)\r?\n", text)
    return found[1].decode("latin1") if found else None


def is_bulletin(token):
    return token.startswith("bulletin")
