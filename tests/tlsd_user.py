#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A user of tlsd and its clients, for tests/tlsd*.bats: what tlsd does to either end.

usage   tlsd_user.py SOCKET serve WHAT [ALPN]   accepts on a port, which it prints, and has each
                                                connection served with TLS; WHAT: see serve()
        tlsd_user.py SOCKET SCENARIO [ARG...]   one of the functions below marked @scenario;
                                                exits 1 and says why if it went otherwise
"""
import ctypes
import hashlib
import os
import random
import select
import socket
import ssl
import struct
import sys
import threading
import time

SOCKET = sys.argv[1]
REQUEST = struct.Struct('16s111s')
REPORT = struct.Struct('4B124s16s64s16s256s129s65s32s64s')
FIELDS = ('outcome end_point_size has_exporter is_resumed error protocol cipher alpn server_name '
          'client_name client_certificate exporter end_point').split()
SECURE, REFUSED, FAILED = 1, 2, 3
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def check(holds, *what):
    if not holds:
        raise AssertionError(' '.join(map(str, what)))


# --- the user's side ------------------------------------------------------------------------

def request(alpn=b'', preface=b'', version=b'\1'):
    return version + REQUEST.pack(alpn, preface)


def connect():
    user = socket.socket(socket.AF_UNIX)
    user.settimeout(30)
    user.connect(SOCKET)
    return user


def hand_over(client, **what):
    """Our end of the plaintext, the report not read yet."""
    user = connect()
    socket.send_fds(user, [request(**what)], [client.fileno()])
    client.close()
    return user


def read_report(user):
    octets = b''
    while len(octets) < REPORT.size:
        more = user.recv(REPORT.size - len(octets))
        if not more:
            return None
        octets += more
    report = dict(zip(FIELDS, REPORT.unpack(octets)))
    for name in FIELDS[4:11]:
        report[name] = report[name].split(b'\0')[0].decode('ascii')
    return report


def read_all(end):
    octets = bytearray()
    while more := end.recv(65536):
        octets += more
    return bytes(octets)


def read_exactly(end, size):
    octets = bytearray()
    while len(octets) < size:
        more = end.recv(min(65536, size - len(octets)))
        check(more, 'end of file after', len(octets), 'of', size)
        octets += more
    return bytes(octets)


def octets_of(size, seed=1):
    return random.Random(seed).randbytes(size)


def serve(what, user, report):
    """facts: what the report says, a line each. echo: until the end. end: of the input awaited, then
    its size and SHA-256. SIZE: so many octets, and the end."""
    if what == 'facts':
        report['end_point'] = report['end_point'][:report['end_point_size']]
        for name in FIELDS:
            value = report[name]
            user.sendall(f'{name}={value.hex() if isinstance(value, bytes) else value}\n'.encode())
    elif what == 'echo':
        while octets := user.recv(65536):
            user.sendall(octets)
    elif what == 'end':
        octets = read_all(user)
        user.sendall(f'{len(octets)} {hashlib.sha256(octets).hexdigest()}\n'.encode())
    else:
        user.sendall(octets_of(int(what)))
    user.close()


def serve_one(client, what, alpn):
    try:
        user = hand_over(client, alpn=alpn)
        report = read_report(user)
        if report is None or report['outcome'] != SECURE:
            print('no', report['error'] if report else 'report', file=sys.stderr, flush=True)
        else:
            serve(what, user, report)
    except OSError as error:
        print('no', error, file=sys.stderr, flush=True)


def serve_all(what, alpn=''):
    listener = socket.create_server(('127.0.0.1', 0), backlog=512)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve_one, args=(client, what, alpn.encode()), daemon=True).start()


# --- the client's side ----------------------------------------------------------------------

def tcp_pair():
    """A client's end and a server's."""
    listener = socket.create_server(('127.0.0.1', 0))
    client = socket.create_connection(listener.getsockname())
    client.settimeout(30)
    server, _ = listener.accept()
    listener.close()
    return client, server


class Client:
    """TLS in memory over a socket: its close_notify, its FIN and its reading are ours to order."""

    def __init__(self, sock, version=None, alpn=None, name=None, session=None, context=None):
        self.sock = sock
        self.context = context or self.make_context(version, alpn)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_hostname=name, session=session)

    @staticmethod
    def make_context(version=None, alpn=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if version:
            context.minimum_version = context.maximum_version = version
        if alpn:
            context.set_alpn_protocols(alpn)
        return context

    def flush(self):
        if octets := self.outgoing.read():
            self.sock.sendall(octets)

    def fill(self):
        if octets := self.sock.recv(65536):
            self.incoming.write(octets)
        else:
            self.incoming.write_eof()
        return len(octets)

    def step(self, what, *args):
        while True:
            try:
                result = what(*args)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.fill()

    def handshake(self):
        self.step(self.tls.do_handshake)
        return self

    def send(self, octets):
        for start in range(0, len(octets), 65536):
            self.tls.write(octets[start:start + 65536])
            self.flush()

    def recv(self, size):
        try:
            return self.step(self.tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b''

    def close_notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()


def in_background(function, *args):
    """Runs it beside; .join() gives what it gave."""
    result = []

    def run():
        try:
            result.append(function(*args))
        except OSError as error:  # the other end is gone, which may be what was wanted
            print(error, file=sys.stderr)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join():
        thread.join(30)
        check(result, function.__name__, 'did not end well')
        return result[0]
    return join


def secure_pair(alpn=b'', preface=b'', **how):
    """A client, our end of its plaintext, the report."""
    sock, server = tcp_pair()
    user = hand_over(server, alpn=alpn, preface=preface)
    if preface:
        check(read_exactly(sock, len(preface)) == preface, 'the preface')
    client = Client(sock, **how).handshake()
    return client, user, read_report(user)


# --- what must hold -------------------------------------------------------------------------

VERSIONS = {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}


@scenario
def both_ways(version, size='20000000'):
    """Octets arrive as they were sent, in both directions at once."""
    client, user, _ = secure_pair(version=VERSIONS[version])
    up, down = octets_of(int(size), 1), octets_of(int(size), 2)
    read = in_background(read_exactly, user, len(up))
    write = in_background(lambda: user.sendall(down) or True)

    # One thread for the client: its TLS is not made for two.
    got, sent = bytearray(), 0
    client.sock.settimeout(None)
    while len(got) < len(down) or sent < len(up):
        if sent < len(up):
            client.tls.write(up[sent:sent + 16384])
            sent += 16384
            rest = client.outgoing.read()
            while rest:
                readable, writable, _ = select.select([client.sock], [client.sock], [], 30)
                check(readable or writable, 'stands still')
                if readable:
                    client.fill()
                if writable:
                    rest = rest[client.sock.send(rest[:65536]):]
        try:
            while octets := client.tls.read(65536):
                got += octets
        except ssl.SSLWantReadError:
            if sent >= len(up) and len(got) < len(down):
                client.fill()
    check(read() == up, 'what the client sent')
    check(write() and bytes(got) == down, 'what the user sent')


def ends_by(how, client):
    if how == 'close_notify':
        client.close_notify()
    client.sock.shutdown(socket.SHUT_WR)


@scenario
def client_ends_first(version, how):
    """The client says its end; what the user sends then still comes, all of it."""
    client, user, _ = secure_pair(version=VERSIONS[version])
    client.send(b'RETR 1\r\nQUIT\r\n')
    ends_by(how, client)
    check(read_all(user) == b'RETR 1\r\nQUIT\r\n', 'what the client sent')
    answer = octets_of(5000000)
    write = in_background(lambda: (user.sendall(answer), user.close()))
    check(read_all(client) == answer, 'the answer')
    write()


@scenario
def user_ends_first(version):
    """The user shuts its direction down; what the client sends then still comes."""
    client, user, _ = secure_pair(version=VERSIONS[version])
    answer, late = octets_of(5000000, 1), octets_of(5000000, 2)
    write = in_background(lambda: (user.sendall(answer), user.shutdown(socket.SHUT_WR)))
    check(read_exactly(client, len(answer)) == answer, 'what the user sent')
    check(client.recv(1) == b'', 'close_notify')
    write()
    check(client.sock.recv(1) == b'', 'FIN')
    read = in_background(read_all, user)
    client.send(late)
    client.close_notify()
    client.sock.close()
    check(read() == late, 'what the client sent late')


@scenario
def user_reads_late():
    """Both ends have said all they have to say, and the user only reads it later: it is all there."""
    client, user, _ = secure_pair()
    user.shutdown(socket.SHUT_WR)
    check(client.recv(1) == b'', 'close_notify')
    late = octets_of(250000)
    client.send(late)
    client.close_notify()
    client.sock.shutdown(socket.SHUT_WR)
    check(client.sock.recv(1) == b'', 'FIN')
    time.sleep(0.3)
    check(read_all(user) == late, 'what the client sent')


@scenario
def user_leaves_input_unread():
    """A user that closes with input unread has its last words delivered."""
    client, user, _ = secure_pair()
    client.send(b'QUIT\r\n' + b'NOOP\r\n' * 1000)
    read_exactly(user, 6)
    user.sendall(b'+OK bye\r\n')
    user.close()
    client.send(b'NOOP\r\n' * 1000)
    check(read_all(client) == b'+OK bye\r\n', 'the last words')


@scenario
def client_resets():
    """The user sees the end of a client that vanishes."""
    client, user, _ = secure_pair()
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    client.sock.close()
    try:
        check(user.recv(1) == b'', 'octets out of nothing')
    except ConnectionResetError:
        pass


@scenario
def early_data():
    """What comes in one segment with the client's last message of the handshake is not left lying."""
    for version in VERSIONS.values():
        sock, server = tcp_pair()
        user = hand_over(server)
        client = Client(sock, version=version)
        try:
            while True:
                try:
                    client.tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    client.flush()
                    client.fill()
            client.tls.write(b'STAT\r\n')
        finally:
            client.flush()
        check(read_report(user)['outcome'] == SECURE, 'no handshake')
        check(read_exactly(user, 6) == b'STAT\r\n', 'the command')


@scenario
def back_pressure():
    """A client that does not read stops the user, soon; a user that does not read, the client."""
    client, user, _ = secure_pair()
    user.setblocking(False)
    client.sock.setblocking(False)

    def fill(send):
        total, last = 0, time.monotonic()
        while time.monotonic() - last < 0.5:
            try:
                total += send()
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            check(total < 50000000, 'swallowed', total)
        return total

    fill(lambda: user.send(bytes(65536)))
    rest = [b'']

    def send_record():
        if not rest[0]:
            client.tls.write(bytes(16384))
            rest[0] = client.outgoing.read()
        sent = client.sock.send(rest[0])
        rest[0] = rest[0][sent:]
        return sent

    fill(send_record)


@scenario
def slow_client_delays_nobody():
    """Clients that read nothing of much, and one that reads at full speed: another's answer is quick."""
    lazy = [secure_pair() for _ in range(20)]
    for _, user, _ in lazy:
        in_background(lambda user=user: user.sendall(bytes(10000000)))
    greedy, source, _ = secure_pair()
    in_background(lambda: [source.sendall(bytes(65536)) for _ in range(100000)])
    in_background(lambda: [greedy.fill() for _ in range(1000000)])
    client, user, _ = secure_pair()
    in_background(lambda: [user.sendall(user.recv(100)) for _ in range(50)])
    times = []
    for _ in range(50):
        start = time.monotonic()
        client.send(b'STAT\r\n')
        read_exactly(client, 6)
        times.append(time.monotonic() - start)
    check(sorted(times)[25] < 0.2, 'median of', sorted(times)[25])


@scenario
def handshake_deadline(what, least, most):
    """A client that does not finish its handshake is told of between LEAST and MOST seconds."""
    sock, server = tcp_pair()
    start = time.monotonic()
    user = hand_over(server)
    hello = b''
    if what != 'silent':
        client = Client(sock)
        try:
            client.tls.do_handshake()
        except ssl.SSLWantReadError:
            hello = client.outgoing.read()
    if what == 'half':
        sock.sendall(hello[:100])
    if what == 'slow':  # an octet now and then
        in_background(lambda: [sock.send(hello[i:i + 1]) or time.sleep(0.1) for i in range(len(hello))])
    report = read_report(user)
    passed = time.monotonic() - start
    check(report['outcome'] == FAILED, report)
    check(report['error'] == ('client said nothing' if what == 'silent' else 'handshake took too long'), report)
    check(float(least) <= passed <= float(most), 'after', passed)


@scenario
def no_handshake(what, error):
    """What is no handshake is a failure, told as ERROR."""
    garbage = {'pop3': b'CAPA\r\n', 'http': b'GET / HTTP/1.0\r\n\r\n', 'zeros': bytes(16384),
               'random': b'\x16\x03\x01\x40\x00' + octets_of(16384), 'end': b''}
    sock, server = tcp_pair()
    user = hand_over(server)
    sock.sendall(garbage[what])
    sock.shutdown(socket.SHUT_WR)
    report = read_report(user)
    check(report['outcome'] == FAILED and error in report['error'], report)
    check(user.recv(1) == b'', 'more')


@scenario
def preface():
    """It comes in clear, before the handshake."""
    client, user, report = secure_pair(preface=b'+OK begin TLS\r\n')
    check(report['outcome'] == SECURE, report)
    client.send(b'CAPA\r\n')
    check(read_exactly(user, 6) == b'CAPA\r\n', 'plaintext')


@scenario
def limit_refuses(limit):
    """One more than LIMIT is refused; its socket is as it was; and there is room again later."""
    held = [secure_pair() for _ in range(int(limit))]
    sock, server = tcp_pair()
    kept = server.dup()
    user = hand_over(server)
    report = read_report(user)
    check(report['outcome'] == REFUSED and report['error'] == 'too many connections', report)
    check(user.recv(1) == b'', 'more')
    kept.sendall(b'-ERR later\r\n')
    check(sock.recv(100) == b'-ERR later\r\n', 'the socket')
    sock.sendall(b'x')
    check(kept.recv(1) == b'x', 'the socket')
    held[0][1].close()
    held[0][0].sock.close()
    for _ in range(500):
        sock, server = tcp_pair()
        user = hand_over(server)
        sock.shutdown(socket.SHUT_WR)
        if read_report(user)['outcome'] == FAILED:
            return
        time.sleep(0.01)
    check(False, 'refused for ever')


@scenario
def pending_limit(limit):
    """Silent clients up to LIMIT make no honest one wait: the oldest has to go."""
    silent = []
    for _ in range(int(limit)):
        sock, server = tcp_pair()
        silent.append((sock, hand_over(server)))
    sock, server = tcp_pair()
    report = read_report(hand_over(server))
    check(report['outcome'] == REFUSED and report['error'] == 'too many handshakes', 'young ones:', report)
    time.sleep(1.1)
    _, _, report = secure_pair()
    check(report['outcome'] == SECURE, report)
    gone = read_report(silent[0][1])
    check(gone['outcome'] == FAILED and gone['error'] == 'too many handshakes', gone)


def is_dropped(user):
    try:
        return user.recv(1) == b''
    except ConnectionResetError:
        return True


@scenario
def wrong_request(what):
    """Is answered by nothing, and what it brought is closed."""
    client, server = tcp_pair()
    user = connect()
    octets, fds = request(), [server.fileno()]
    if what == 'none':
        fds = []
    elif what == 'two':
        fds *= 2
    elif what == 'file':
        fds = [os.open('/dev/null', os.O_RDWR)]
    elif what == 'datagram':
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fds = [other.fileno()]
    elif what == 'listener':
        other = socket.create_server(('127.0.0.1', 0))
        fds = [other.fileno()]
    elif what == 'version':
        octets = request(version=b'\2')
    elif what == 'short':
        octets = octets[:127]
    elif what == 'endless':
        octets = request(alpn=b'x' * 16)
    elif what == 'tail':
        octets = request(alpn=b'pop3\0x')
    else:
        check(False, what)
    socket.send_fds(user, [octets], fds) if fds else user.sendall(octets)
    server.close()
    check(is_dropped(user), 'answered')
    if what in ('two', 'version', 'short', 'endless', 'tail'):
        check(is_dropped(client), 'the client is held')


@scenario
def not_welcome():
    """Who is neither root nor tlsd's own uid gets nothing."""
    _, server = tcp_pair()
    try:
        check(read_report(hand_over(server)) is None, 'served')
    except (BrokenPipeError, ConnectionResetError):
        pass


@scenario
def user_keeps_client():
    """A user that keeps the client's socket open, and a client that goes on sending: tlsd is through
    with both."""
    for _ in range(20):
        sock, server = tcp_pair()
        kept = server.dup()
        user = hand_over(server)
        sock.sendall(b'QUIT\r\n')
        check(read_report(user)['outcome'] == FAILED, 'not failed')
        check(is_dropped(user), 'more')
        for _ in range(20):
            sock.sendall(b'NOOP\r\n')
        kept.close()


@scenario
def user_leaves_early():
    """A user that closes before the handshake is done takes its client along."""
    sock, server = tcp_pair()
    user = hand_over(server)
    user.close()
    check(is_dropped(sock), 'the client is held')


@scenario
def bindings(version):
    """The channel bindings are those that GnuTLS computes at the other end."""
    class Datum(ctypes.Structure):
        _fields_ = [('data', ctypes.POINTER(ctypes.c_ubyte)), ('size', ctypes.c_uint)]

    gnutls = ctypes.CDLL('libgnutls.so.30')
    session, credentials = ctypes.c_void_p(), ctypes.c_void_p()
    gnutls.gnutls_init(ctypes.byref(session), 2)
    gnutls.gnutls_certificate_allocate_credentials(ctypes.byref(credentials))
    gnutls.gnutls_credentials_set(session, 1, credentials)
    gnutls.gnutls_priority_set_direct(session, b'NORMAL:-VERS-ALL:+VERS-TLS' + version.encode(), None)
    sock, server = tcp_pair()
    sock.settimeout(None)
    user = hand_over(server)
    gnutls.gnutls_transport_set_int2(session, sock.fileno(), sock.fileno())
    check(gnutls.gnutls_handshake(session) == 0, 'no handshake')
    report = read_report(user)
    end_point, exporter = Datum(), Datum()
    check(gnutls.gnutls_session_channel_binding(session, 1, ctypes.byref(end_point)) == 0, 'no end point')
    check(gnutls.gnutls_session_channel_binding(session, 2, ctypes.byref(exporter)) == 0, 'no exporter')
    check(bytes(end_point.data[:end_point.size]) == report['end_point'][:report['end_point_size']], 'end point')
    check(report['has_exporter'] and bytes(exporter.data[:exporter.size]) == report['exporter'], 'exporter')


@scenario
def resumes(version, times='10'):
    """A ticket works on other connections, whichever worker they come to; prints how many."""
    context = Client.make_context(VERSIONS[version])
    resumed, session = 0, None
    for _ in range(int(times)):
        client, user, report = secure_pair(context=context, session=session)
        user.sendall(b'x')
        read_exactly(client, 1)
        session = client.tls.session
        check(report['is_resumed'] == client.tls.session_reused, 'the report')
        resumed += report['is_resumed']
        client.sock.close()
        user.close()
    print(resumed)


@scenario
def resumes_across(script):
    """SCRIPT is run between the first connection and the second; prints 1 if that resumes."""
    context = Client.make_context()
    client, user, _ = secure_pair(context=context)
    user.sendall(b'x')
    read_exactly(client, 1)
    session = client.tls.session
    check(os.system(script) == 0, script)
    print(secure_pair(context=context, session=session)[2]['is_resumed'])


@scenario
def survives(script):
    """A session goes on while SCRIPT is run, and after it."""
    client, user, _ = secure_pair()
    client.send(b'a')
    check(read_exactly(user, 1) == b'a', 'before')
    check(os.system(script) == 0, script)
    client.send(b'b')
    check(read_exactly(user, 1) == b'b', 'after')
    user.sendall(b'c')
    user.close()
    check(read_all(client) == b'c', 'the end')


@scenario
def holding(count, script):
    """SCRIPT is run while COUNT sessions are open."""
    held = [secure_pair() for _ in range(int(count))]
    check(os.system(script) == 0, script)
    check(all(report['outcome'] == SECURE for _, _, report in held), 'a session')


@scenario
def sessions_while(script):
    """Sessions one after the other, none of which may fail, until SCRIPT, run beside, has ended."""
    done = in_background(os.system, script)
    running = [True]
    in_background(lambda: running.__setitem__(0, done() != 0 and check(False, script)))
    while running[0]:
        client, user, report = secure_pair()
        check(report['outcome'] == SECURE, report)
        client.send(b'a')
        check(read_exactly(user, 1) == b'a', 'plaintext')
        client.sock.close()
        user.close()


@scenario
def handshakes(count, pause='0.002'):
    """Prints the median and the slowest tenth of COUNT full handshakes, in milliseconds."""
    context, times = Client.make_context(), []
    for _ in range(int(count)):
        began = time.monotonic()
        client, user, report = secure_pair(context=context)
        times.append((time.monotonic() - began) * 1000)
        check(report['outcome'] == SECURE, report)
        client.sock.close()
        user.close()
        time.sleep(float(pause))
    times.sort()
    print(f'{times[len(times) // 2]:.2f} {times[len(times) * 9 // 10]:.2f}')


@scenario
def flood(count):
    """Hostile clients of all sorts, COUNT of them; an honest one now and then is served."""
    held = []
    for i in range(int(count)):
        sock, server = tcp_pair()
        user = hand_over(server)
        kind = i % 5
        if kind == 1:
            sock.sendall(bytes(16384))
        elif kind == 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            sock.close()
        elif kind == 3:
            sock.sendall(b'\x16\x03\x01\x02\x00\x01')
        elif kind == 4:
            secure_pair()
        held.append((sock, user))
        if len(held) > 100:
            held.pop(0)


if __name__ == '__main__':
    if sys.argv[2] == 'serve':
        serve_all(*sys.argv[3:])
    status = 0
    try:
        SCENARIOS[sys.argv[2]](*sys.argv[3:])
    except (AssertionError, OSError) as wrong:
        print(f'{sys.argv[2]}: {wrong!r}', file=sys.stderr)
        status = 1
    # Threads that still wait for something are of no use any more.
    sys.stdout.flush()
    os._exit(status)
