# SPDX-License-Identifier: ISC
"""A TLS server for the tests, of the kind that others wrote: it runs a program for each connection.

ucspi_tls.py CERTIFICATE delayed|begun PROGRAM...

Prints its port. delayed: UCSPI-TLS, as sslserver -n and s6-ucspitlsd offer it, TLS begins when the
program asks for it; SSLCTLFD and so on name three descriptors. begun: TLS is there before the
program is, as by sslserver; the same variables name descriptors that are not open any more. CERTIFICATE
holds the key too.
"""
import os
import select
import socket
import ssl
import sys


def relay(tls, from_program, to_program):
    """Until the program ends its side."""
    sources = [tls, from_program]
    while True:
        ready = [tls] if tls in sources and tls.pending() else select.select(sources, [], [])[0]
        if tls in ready:
            octets = tls.recv(16384)
            if octets:
                os.write(to_program, octets)
            else:
                sources.remove(tls)
                os.close(to_program)
        if from_program in ready:
            octets = os.read(from_program, 65536)
            if not octets:
                return
            tls.sendall(octets)


def serve(client, certificate, has_begun, program):
    ours, programs = socket.socketpair()
    (to_program, tls_in), (tls_out, from_program) = os.pipe()[::-1], os.pipe()[::-1]
    if os.fork() == 0:
        ours.close()
        kept = {"SSLCTLFD": programs.fileno(), "SSLREADFD": tls_in, "SSLWRITEFD": tls_out}
        os.environ.update({name: str(fd) for name, fd in kept.items()})
        os.environ["PROTO"] = "SSL"  # sslserver says so in either case
        os.environ["TCPREMOTEIP"] = "192.0.2.1"
        if has_begun:
            os.dup2(tls_in, 0), os.dup2(tls_out, 1)
        else:
            os.dup2(client.fileno(), 0), os.dup2(client.fileno(), 1)
            for fd in kept.values():
                os.set_inheritable(fd, True)
        os.execvp(program[0], program)
    for fd in tls_in, tls_out:
        os.close(fd)
    programs.close()
    if not has_begun:
        if ours.recv(1) != b"Y":
            return  # TLS was never asked for
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with context.wrap_socket(client, server_side=True) as tls:
        if not has_begun:
            ours.sendall(b"SSL_PROTOCOL=%s\0SSL_CIPHER=x\0\0" % tls.version().encode())
        relay(tls, from_program, to_program)
        tls.unwrap()


def main():
    certificate, has_begun, program = sys.argv[1], sys.argv[2] == "begun", sys.argv[3:]
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            try:
                serve(client, certificate, has_begun, program)
            except (ssl.SSLError, OSError) as error:
                print("ucspi_tls.py:", error, file=sys.stderr, flush=True)
            os._exit(0)
        client.close()


main()
