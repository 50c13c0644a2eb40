# SPDX-License-Identifier: ISC
"""What must hold of all that the actors have told, and of the Maildir that they leave.

The truth about a message is an interval of time: it is surely there from the end of its delivery until the
first attempt to delete it begins, and surely gone when a deletion has been acknowledged.
"""
import bisect
import os
from collections import Counter, defaultdict

from race_events import OLD_MAIL, is_bulletin, token_in, wire_of
from world import unique, wire

NEVER = 1 << 63


class Message:
    """One token's life."""

    def __init__(self):
        self.may_be_from = self.surely_from = NEVER
        self.surely_until = NEVER  # the first attempt to delete it
        self.gone_from = NEVER     # an acknowledged deletion has ended
        self.deleted_by = set()


class Model:
    def __init__(self, tolds, maildir):
        self.tolds, self.maildir = tolds, maildir
        self.wrong = [text for told in tolds for text in told.wrong]
        self.messages = defaultdict(Message)
        self.tokens = {}  # unique-id -> token
        self.sessions = sorted((s for told in tolds for s in told.sessions), key=lambda session: session.began)
        self.gather()

    def gather(self):
        for told in self.tolds:
            for delivery in told.deliveries:
                message = self.messages[delivery.token]
                message.may_be_from = delivery.began
                if delivery.is_done and not is_bulletin(delivery.token):
                    message.surely_from = delivery.ended
            for deletion in told.deletions:
                message = self.messages[deletion.token]
                message.surely_until = min(message.surely_until, deletion.began)
                message.deleted_by.add(deletion.by)
                if deletion.is_done:
                    message.gone_from = min(message.gone_from, deletion.ended)
            self.add_tokens(told.tokens)
        for told in self.tolds:
            for name, token in told.names.items():
                self.tokens.setdefault(name, token)

    def add_tokens(self, tokens):
        """As sessions have read them: an id means one message, for all of them."""
        for uid, token in tokens.items():
            if self.tokens.setdefault(uid, token) != token:
                self.wrong.append(f"{uid} was {self.tokens[uid]}, and is {token}")

    def check(self):
        """What is wrong is in self.wrong; gives the tokens that are there."""
        there = self.look_at_files()
        self.check_ids()
        self.check_lists()
        self.check_refusals()
        self.check_locks()
        self.check_end(there)
        self.check_expired(there)
        return there

    # --- what is there in the end

    def look_at_files(self):
        """The tokens that are there."""
        there = Counter()
        for folder in ("new", "cur"):
            for name in os.listdir(f"{self.maildir}/{folder}"):
                token = self.token_of_file(f"{folder}/{name}")
                if not token:
                    continue
                there[token] += 1
                self.tokens.setdefault(unique(name), token)
        for token, count in there.items():
            if count > 1:
                self.wrong.append(f"{token} is there {count} times")
        left = os.listdir(f"{self.maildir}/tmp")
        if left:
            self.wrong.append(f"left behind in tmp/: {left}")
        return set(there)

    def token_of_file(self, path):
        with open(f"{self.maildir}/{path}", "rb") as file:
            octets = file.read()
        token = token_in(octets)
        if token not in self.messages:
            self.wrong.append(f"{path}, whence?")
        elif wire(octets) != wire_of(token):
            self.wrong.append(f"{path} is not as it was delivered: {len(octets)} octets")
        return token

    def check_end(self, there):
        for token, message in self.messages.items():
            if token in there and message.gone_from != NEVER:
                self.wrong.append(f"{token} was deleted by {message.deleted_by}, and is there")
            is_kept = message.surely_from != NEVER and message.surely_until == NEVER
            if token not in there and is_kept and token[0] != OLD_MAIL:
                self.wrong.append(f"{token} is lost")

    def check_expired(self, there):
        """What expire says that it has removed is what is gone."""
        gone = [m for token, m in self.messages.items() if token[0] == OLD_MAIL and token not in there]
        by_expire_alone = sum(not message.deleted_by for message in gone)
        said = sum(told.expired for told in self.tolds)
        if not by_expire_alone <= said <= len(gone):
            self.wrong.append(f"expire says {said} were removed: {by_expire_alone} to {len(gone)} are gone")

    def check_trash(self, deleted_by="POP3"):
        """What POP3 sessions have deleted is in the Trash, once and whole. Others may have been faster."""
        path = f"{self.maildir}/.Trash/cur"
        names = os.listdir(path) if os.path.isdir(path) else ()
        there = Counter(self.token_of_file(f".Trash/cur/{name}") for name in names)
        for token, count in there.items():
            if count > 1:
                self.wrong.append(f"{token} is in the Trash {count} times")
        for token, message in self.messages.items():
            if message.deleted_by == {deleted_by} and message.gone_from != NEVER and token not in there \
                    and token[0] != OLD_MAIL:
                self.wrong.append(f"{token} is neither in its place nor in the Trash")

    # --- what sessions have seen

    def check_ids(self):
        """No message has had two."""
        ids = defaultdict(set)
        for told in self.tolds:
            for uid, token in told.tokens.items():
                ids[token].add(uid)
        for token, uids in ids.items():
            if len(uids) > 1:
                self.wrong.append(f"{token} has had the unique-ids {uids}")
        sizes = {}
        for told in self.tolds:
            for uid, size in told.sizes.items():
                if sizes.setdefault(uid, size) != size:
                    self.wrong.append(f"{uid} has been of {sizes[uid]} and of {size} octets")

    def check_lists(self):
        """Each has all that was surely there, and nothing that was surely gone."""
        self.see_bulletins()
        by_birth = sorted((m.surely_from, token) for token, m in self.messages.items() if token[0] != OLD_MAIL)
        for session in self.sessions:
            if not session.is_in:
                continue
            listed = {self.tokens.get(uid) for uid in session.uids}
            if len(set(session.uids)) != len(session.uids) or len(listed) != len(session.uids):
                self.wrong.append(f"a list with something twice, or unknown: "
                                  f"{[uid for uid in session.uids if uid not in self.tokens]}")
            born = by_birth[:bisect.bisect_left(by_birth, (session.began, ""))]
            missing = [token for _, token in born
                       if token not in listed and self.messages[token].surely_until > session.answered]
            if missing:
                self.wrong.append(f"a list of {len(session.uids)} lacks {missing[:5]} ({len(missing)} in all)")
            for token in listed - {None}:
                message = self.messages[token]
                if message.may_be_from > session.answered or message.gone_from < session.began:
                    self.wrong.append(f"{token} is listed, and not there any more ({message.deleted_by}), or not yet")

    def see_bulletins(self):
        """A session may do without the link's work, if another has the lock then; but what came, stays."""
        for session in self.sessions:
            for uid in session.uids:
                token = self.tokens.get(uid, "")
                if is_bulletin(token):
                    message = self.messages[token]
                    message.surely_from = min(message.surely_from, session.answered)

    def check_refusals(self):
        for session in self.sessions:
            for refusal in session.refusals:
                token = self.tokens.get(refusal.uid)
                if token is None or self.messages[token].surely_until > refusal.ended:
                    self.wrong.append(f"{refusal.command} of {token}, which is there, is answered by {refusal.reply}")
            if not session.is_in and not session.reply.startswith("-ERR [IN-USE]"):
                self.wrong.append(f"a login is answered by {session.reply!r}")

    def check_locks(self):
        """One session at a time; and who is refused was refused for another's sake."""
        end = 0
        for session in sorted((s for s in self.sessions if s.is_in), key=lambda session: session.answered):
            if session.answered < end:
                self.wrong.append("two sessions have the mailbox")
            end = max(end, session.surely_locks_until)
        holders = [(s.began, s.may_lock_until or NEVER, s) for s in self.sessions]
        holders += [(use.began, use.ended, use) for told in self.tolds for use in told.uses]
        for session in self.sessions:
            if not session.is_in and not any(began < session.answered and until > session.began
                                             for began, until, holder in holders if holder is not session):
                self.wrong.append("[IN-USE], and nobody uses it")
