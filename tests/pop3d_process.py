# SPDX-License-Identifier: ISC
"""A running pop3d, and the client's side of its connection: for model.py."""
import socket
import subprocess


class Pop3d:
    """PROGRAM serves MAILDIR with these environment variables; LOG is an open file."""

    def __init__(self, program, maildir, settings, log):
        self.client, server = socket.socketpair()
        self.client.settimeout(20)
        with server:
            # Without close_fds Python can use posix_spawn; its own descriptors do not survive exec.
            self.process = subprocess.Popen([program, maildir], stdin=server, stdout=server, stderr=log,
                                            env=settings, close_fds=False)
        self.replies = self.client.makefile("rb")

    def send(self, octets):
        self.client.sendall(octets)

    def reply(self, has_body=False):
        """The first line, and the body with its dots unstuffed: None where there is none."""
        status = self.replies.readline()
        if not status.endswith(b"\r\n"):
            raise ConnectionError(f"reply cut off: {status!r}")
        if not (has_body and status.startswith(b"+OK")):
            return status, None
        lines = []
        while (line := self.replies.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise ConnectionError(f"reply cut off behind {len(lines)} lines: {status!r} ... {line!r}")
            lines.append(line.removeprefix(b"."))
        return status, b"".join(lines)

    def rest(self):
        """What comes until the server closes."""
        return self.replies.read()

    def close(self):
        self.replies.close()
        self.client.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.close()

    def wait(self):
        """The exit code, once it has ended."""
        return self.process.wait(20)

    def is_running(self):
        return self.process.poll() is None
