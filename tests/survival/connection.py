# SPDX-License-Identifier: ISC
"""A client's connection, which can do what no honest client does."""
import socket
import ssl
import struct

PATIENCE = 20  # seconds: a server that takes longer hangs


class Connection:
    """To 127.0.0.1:PORT, from SOURCE."""

    def __init__(self, port, source="127.0.0.1", room=None):
        """ROOM: octets that the kernel may keep of what we do not read."""
        self.socket = socket.socket()
        if room:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.settimeout(PATIENCE)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.socket.makefile("rb")

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        """A reply without its CRLF; empty at the connection's end."""
        return self.replies.readline().removesuffix(b"\r\n").decode("latin1")

    def command(self, line):
        self.send(line.encode("latin1") + b"\r\n")
        return self.line()

    def lines(self):
        """What follows a reply, up to the dot; dots taken off."""
        found = []
        while (line := self.replies.readline()) != b".\r\n":
            if not line:
                raise ConnectionError("closed within an answer")
            found.append(line.removesuffix(b"\r\n").removeprefix(b"."))
        return found

    def log_in(self, user="joe", secret="sesame"):
        """The last reply."""
        self.line()
        self.command(f"USER {user}")
        return self.command(f"PASS {secret}")

    def begin_tls(self, context):
        self.replies.close()
        self.socket = context.wrap_socket(self.socket, suppress_ragged_eofs=True)
        self.replies = self.socket.makefile("rb")

    def shut(self):
        """Says that nothing more will be sent."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def rest(self):
        """What comes to the end."""
        try:
            return self.replies.read()
        except (ConnectionError, ssl.SSLError):
            return b""

    def wait_for_end(self):
        """Until the server has closed; what it sends is thrown away."""
        try:
            while self.socket.recv(1 << 20):
                pass
        except (ConnectionError, ssl.SSLError):
            pass

    def reset(self):
        """Ends the connection by an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.replies.close()
        self.socket.close()


def trusting_context():
    """Of a client that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
