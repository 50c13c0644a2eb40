# SPDX-License-Identifier: ISC
"""Runs a program on a terminal of its own, as a user would, and prints what he sees.

terminal.py ANSWER... -- PROGRAM [ARG...]

Each answer is typed, with a line end behind it, once the program has asked: its output ends in
":" and the echo is off. ^C, ^D, ^Z and ^\\ are the keys. At the end a line is printed that tells
if the terminal echoes again, and the program's exit code.
"""
import os
import pty
import select
import sys
import termios
import time

KEYS = {"^C": b"\x03", "^D": b"\x04", "^Z": b"\x1a", "^\\": b"\x1c"}


def main():
    split = sys.argv.index("--")
    answers, program = sys.argv[1:split], sys.argv[split + 1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(program[0], program)
    seen = shown = b""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            seen += part
            shown += part
            continue
        silent = not termios.tcgetattr(terminal)[3] & termios.ECHO
        if answers and silent and seen.endswith(b":"):
            answer = answers.pop(0)
            seen = b""
            os.write(terminal, KEYS.get(answer) or answer.encode() + b"\n")
    status = os.waitpid(pid, 0)[1]
    echo = "on" if termios.tcgetattr(terminal)[3] & termios.ECHO else "off"
    sys.stdout.buffer.write(shown)
    print(f"[echo {echo}, exit {os.waitstatus_to_exitcode(status)}]")


main()
