#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A hostile client, or a hostile mailbox, and what it costs the service.

usage   hostile.py PORT SERVER SCENARIO [ARG...]     SERVER: the pid of its tcpserver
environment     TLSD: the pid of tlsd, if there is one

Prints a line of figures: how long the service was busy with it, and the most memory that each program had. Exits 1
and says why if an answer was wrong, or a bound was passed. Joe's password is sesame.
"""
import os
import sys

import hostile_clients
import hostile_mail
from service import SCENARIOS, Service

assert hostile_clients and hostile_mail  # their scenarios


def main():
    port, server, name, *arguments = sys.argv[1:]
    service = Service(int(port), int(server), int(os.environ.get("TLSD") or 0))
    SCENARIOS[name](service, *arguments)
    service.report(" ".join([name] + arguments))


main()
