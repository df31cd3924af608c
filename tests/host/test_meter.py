# SPDX-License-Identifier: GPL-2.0-or-later
"""smtp-restrictions-meterd as packaged: in its sandbox, with the machine's own log of Exim."""

import json

import pytest
from booted import wait_until

SERVICE = "smtp-restrictions-meter.service"
LOG = "/var/log/exim4/mainlog"

# Prints the answer. Without one: "closed".
ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as asker:
    asker.settimeout(30)
    asker.connect("/run/smtp-restrictions-meter.socket")
    try:
        asker.sendall((sys.argv[1] + "\\n").encode())
        asker.shutdown(socket.SHUT_WR)
        answer = asker.makefile().read()
    except ConnectionError:
        answer = ""
    print(answer.strip() or "closed")
"""


def message_id(number):
    return f"{number:06d}-000001-2M"


def ask(host, number, user="Debian-exim"):
    """May message NUMBER be sent, from a@d1.test, to one recipient? The first word of the answer."""
    question = f"D {message_id(number)} n=1 z=1 u=1000 h= p=0 la= lp=-1 s=YUBkMS50ZXN0 a="
    return host.out("setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c", ASK, question).split()[0]


def accept(host, number):
    """What Exim would log of it."""
    text = (f"2026-01-01 00:00:00 {message_id(number)} smtp-restrictions: ok n=1 uid=1000\n"
            f"2026-01-01 00:00:00 {message_id(number)} <= a@d1.test U=tester P=local S=1\n")
    host.run("setpriv", "--reuid=Debian-exim", "--regid=adm", "--clear-groups", "sh", "-c", f'cat >> {LOG}', input=text)


def has_written(host, number):
    return host.run("grep", "-q", message_id(number), "/var/lib/smtp-restrictions-meter/counts/data.mdb",
                    check=False).returncode == 0


@pytest.mark.both_debians
def test_it_counts_and_remembers_in_its_sandbox(host):
    config = {"version": 1, "exim_uid": int(host.out("id", "-u", "Debian-exim")), "log": LOG,
              "limits": {"HourlyRecipientsPerDomain": 2, "OverLimitAction": "reject"}}
    host.put("/etc/smtp-restrictions/meter.json", json.dumps(config))

    assert ask(host, 1) == "ok"
    accept(host, 1)
    wait_until(lambda: has_written(host, 1), what="the record of what Exim has logged")
    # one is counted, one is in no log yet
    assert ask(host, 2) == "ok"
    host.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", SERVICE)
    # its socket stays: the question waits there
    assert ask(host, 3) == "deny"

    assert ask(host, 4, user="tester") == "closed"
    assert "Failed" not in host.out("journalctl", "--no-pager", "-o", "cat", "-u", SERVICE, "_COMM=smtp-restrictio")
