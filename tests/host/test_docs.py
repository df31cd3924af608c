# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands in README and docs work as they are written: each in its order, on a host where they make sense."""

import json
import re
from pathlib import Path

import pytest
from booted import wait_until

TOP = Path(__file__).resolve().parents[2]
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((TOP / "docs").glob("*.md"))),
         "docs/man/smtp-restrictions.7.scd"]

# not a failure: the restriction is not in force, does not let it through, or there is nobody to be reached
ENDS_WITH_THREE = {"status", "is-active", "explain", "test"}

OTHER_PROGRAMS = {
    "/etc/csf/csf.conf": 'SMTP_BLOCK = "1"\nSMTP_PORTS = "25,465,587"\n',
    "/var/cpanel/cpanel.config": "smtpmailgidonly=1\nmaxemailsperhour=200\n",
    "/etc/sysconfig/imunify360/imunify360.config": "SMTP_BLOCKING:\n  enable: true\n",
}


def commands(page):
    """Lines of blocks that begin with the command; a scdoc page has its blocks between marks."""
    text = (TOP / page).read_text()
    if page.endswith(".scd"):
        return re.findall(r"^(smtp-restrictionsctl .+)$", "".join(re.findall(r"^```\n(.*?)^```", text, re.M | re.S)), re.M)
    return re.findall(r"^ {4,}(smtp-restrictionsctl .+)$", text, re.M)


def verb(command):
    return re.match(r"smtp-restrictionsctl (?:--?\S+ )*([\w-]+)", command)[1]


@pytest.fixture
def server(host):
    """With the users and names that the pages speak of."""
    host.run("sh", "-c", "for u in alice newsletter; do useradd --create-home $u; done; "
                         "echo 192.0.2.25 smtp.example.com >>/etc/hosts; touch /var/log/exim4/mainlog")
    for path, text in OTHER_PROGRAMS.items():
        host.put(path, text)
    return host


def hold_mail(host):
    """The mail meter keeps a limit, and has held a message of alice's."""
    host.ctl("limits", "set", "HourlyRecipientsPerUser=1", "OverLimitPercent=1000")
    host.ctl("subject", "reset", "user:alice")  # of the page before
    for _ in range(2):
        host.run("setpriv", "--reuid=alice", "--regid=alice", "--clear-groups", "/usr/sbin/sendmail", "-odq", "a@remote.test",
                 input="Subject: x\n\n")
    wait_until(lambda: json.loads(host.ctl("held", "list", "user:alice", "--json").stdout), 30, "a held message")


def run_page(host, page):
    lines = commands(page)
    for number, line in enumerate(lines):
        done = host.run("sh", "-c", line, check=False)
        allowed = {0, 3} if verb(line) in ENDS_WITH_THREE else {0}
        assert done.returncode in allowed, f"{page}: {line}: {done.returncode}: {done.stdout}{done.stderr}"
        # what is on trial stands in the way of all that does not confirm it
        if "--try" in line and "confirm" not in map(verb, lines[number + 1 : number + 3]):
            host.ctl("cancel")


def test_each_command_works_as_written(server):
    for page in PAGES:
        if commands(page):
            hold_mail(server)
            run_page(server, page)
