# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may talk, and how much."""

import os
import socket
import subprocess
import sys

import pytest
from meterd import OTHER_UID, is_closed, message_id

ASK = f"""
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(60)
peer.connect(sys.argv[1])
try:
    peer.sendall(b"H {message_id(1)} 1\\n")
    print(peer.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


def ask_as(uid, meter):
    done = subprocess.run([sys.executable, "-c", ASK, meter.socket], user=uid, capture_output=True, text=True,
                          timeout=60, cwd="/")
    return done.stdout.strip() + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_only_root_and_exim_are_answered(meter):
    meter.set(exim_uid=OTHER_UID)
    meter.start()

    assert ask_as(OTHER_UID, meter) == "b'go\\n'"
    assert ask_as(OTHER_UID - 1, meter) == "b''"
    assert ask_as(OTHER_UID - 1, meter) == "b''"
    assert meter.say(f"H {message_id(1)} 1\n") == "go"
    assert meter.said().count(f"User {OTHER_UID - 1} has connected and is not answered") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_nobody_is_told_off_before_it_is_known_who_exim_is(meter):
    """Exim itself asks then: a configuration is tried before meter.json is written."""
    meter.start()
    assert ask_as(OTHER_UID, meter) == "b''"
    assert "has connected" not in meter.said()
    meter.set(exim_uid=OTHER_UID)
    meter.wait_said("The limits are others now")
    assert ask_as(OTHER_UID, meter) == "b'go\\n'"


@pytest.mark.parametrize("line", [
    "\n",
    "hello\n",
    "x" * 5000,
    "H x 1\n",
    f"H {message_id(1)} 1",
    f"H {message_id(1)} 1\nH {message_id(1)} 1\n",
    f"H {message_id(1)} 1\n\n",
    b"\0" * 4096,
    b"\xff\xfe\n",
    f"D {message_id(1)} n=1 z=1 u=0 h= p=0 la= lp=0 s=!!! a=\n",
])
def test_nonsense_is_closed_without_an_answer(running, line):
    meter = running()

    assert meter.say(line) == ""
    assert meter.say(f"H {message_id(1)} 1\n") == "go"


def test_line_in_pieces_is_one_question(running):
    meter = running()
    with meter.connect() as peer:
        for piece in (b"H ", message_id(1).encode(), b" 1", b"\n"):
            peer.sendall(piece)
        assert peer.recv(100) == b"go\n"


def test_who_says_nothing_is_closed(running):
    meter = running()
    with meter.connect() as silent:
        assert is_closed(silent)


def test_flood_of_connections_is_bounded_and_ends(running):
    meter = running()
    peers = [meter.connect() for _ in range(2000)]
    try:
        descriptors = os.listdir(f"/proc/{meter.process.pid}/fd")
        assert len(descriptors) < 1100
        # behind the silent ones, which are closed after a while
        assert meter.say(f"H {message_id(1)} 1\n") == "go"
    finally:
        for peer in peers:
            peer.close()


def test_client_that_leaves_takes_nothing_along(running):
    meter = running({"HourlyRecipientsPerDomain": 1000})
    for number in range(200):
        peer = meter.connect()
        peer.sendall(f"D {message_id(number)} n=1 z=1 u=1 h= p=0 la= lp=0 s= a=\n".encode())
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()

    assert meter.verdict(number=999) == "ok"
