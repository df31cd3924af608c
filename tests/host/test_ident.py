# SPDX-License-Identifier: GPL-2.0-or-later
"""smtp-restrictions-identd as packaged: whom it answers, and what; with real users and a real mail server."""

import pytest
from booted import LOOPBACK, REMOTE

SERVICE = "smtp-restrictions-ident.service"
METER = "smtp-restrictions-meter"
CAP_NET_ADMIN = 1 << 12

# Prints each line of the answers. Without an answer: "closed".
ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as asker:
    asker.settimeout(30)
    asker.connect("/run/smtp-restrictions-ident.socket")
    try:
        asker.sendall("".join(line + "\\n" for line in sys.argv[1:]).encode())
        asker.shutdown(socket.SHUT_WR)
        answers = asker.makefile().read()
    except ConnectionError:
        answers = ""
    print(answers.strip() or "closed")
"""

# Connects, is greeted, prints its own port, and stays.
STAY = """
import socket, sys
client = socket.create_connection((sys.argv[1], 25), timeout=30)
client.recv(1)
print(client.getsockname()[1], flush=True)
sys.stdin.read()
"""


def ask(host, *questions, user=METER):
    """The answers, one for each question."""
    return host.out("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "python3", "-c", ASK,
                    *questions).splitlines()


@pytest.fixture
def connect(host):
    """connect(user, address): a connection to port 25 that stays; returns its port."""
    clients = []

    def make(user, address):
        client = host.popen("python3", "-c", STAY, address, user=user)
        clients.append(client)
        return int(client.stdout.readline())

    yield make
    for client in clients:
        client.communicate()


def uid(host, user):
    return host.out("id", "-u", user)


@pytest.mark.both_debians
def test_the_meter_is_told_who_owns_a_connection(host, sink, connect):
    host.enable()
    # what arrives from a remote address was redirected to loopback, and came from there for the mail server
    questions = [f"{loopback} {connect('tester', address)} {loopback} 25"
                 for addresses in (LOOPBACK, REMOTE) for address, loopback in zip(addresses, LOOPBACK)]
    port = connect("admin", LOOPBACK[0])
    answers = ask(host, *questions, f"127.0.0.1 {port} 127.0.0.1 25", f"{REMOTE[0]} {port} 203.0.113.1 25")
    assert answers == [uid(host, "tester")] * 4 + [uid(host, "admin"), "-"]


@pytest.mark.both_debians
def test_it_runs_as_its_user_with_one_capability(host):
    ask(host, "127.0.0.1 1 127.0.0.1 25")
    status = host.out("cat", f"/proc/{host.main_pid(SERVICE)}/status").splitlines()
    fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    assert fields["Uid"].split() == [uid(host, "smtp-restrictions-ident")] * 4
    assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {CAP_NET_ADMIN}


def test_root_is_not_answered_which_is_said_once(unchanged):
    assert [ask(unchanged, "127.0.0.1 1 127.0.0.1 25", user="root") for _ in range(3)] == [["closed"]] * 3
    assert unchanged.journal("-u", SERVICE).count("User 0 has connected") == 1


def test_an_ordinary_user_cannot_even_connect(unchanged):
    with pytest.raises(AssertionError, match="PermissionError"):
        ask(unchanged, "127.0.0.1 1 127.0.0.1 25", user="tester")


@pytest.mark.parametrize("line", ["hello", "x" * 5000], ids=["short", "long"])
def test_what_is_no_question_closes_the_connection(unchanged, line):
    assert ask(unchanged, line, "127.0.0.1 1 127.0.0.1 25") == ["closed"]
    assert ask(unchanged, "127.0.0.1 1 127.0.0.1 25") == ["gone"]


def test_it_answers_again_after_a_crash(unchanged):
    ask(unchanged, "127.0.0.1 1 127.0.0.1 25")
    unchanged.run("kill", "-KILL", unchanged.main_pid(SERVICE))
    assert ask(unchanged, "127.0.0.1 1 127.0.0.1 25") == ["gone"]


def test_it_knows_nobody_without_a_connection(unchanged):
    """Not even where somebody listens on the port that a client is said to have."""
    assert ask(unchanged, "127.0.0.1 25 127.0.0.1 40000", "::1 25 ::1 40000") == ["gone", "gone"]
