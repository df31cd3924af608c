# SPDX-License-Identifier: GPL-2.0-or-later
"""A host with an Exim that has been set up as an administrator does it: AUTH, ACLs of his own, each layout in turn.

The tests of a module share it (they import the fixtures): each begins with Exim's files as made here, no limits, and an
empty queue.
"""

import json
import subprocess
import sys

import pytest
from booted import HERE, Host, wait_until

ACLS = "/etc/smtp-restrictions/exim"
MAIN = "/etc/exim4/exim4.conf"
MACROS = "/etc/exim4/exim4.conf.localmacros"
SPLIT_MACROS = "/etc/exim4/conf.d/main/000_localmacros"
HOST, REMOTE = "203.0.113.1", "203.0.113.25"
FOREIGN, LOCAL = "a@remote.test", "tester@host.test"
EMPTY_QUEUE = "exim4 -bpru | awk '$4 ~ /^</ {print $3}' | xargs -r exim4 -Mrm; test \"$(exim4 -bpc)\" = 0"

AUTHENTICATOR = """
plain_server:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{match{$auth2}{^bob}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  server_prompts = :
"""

# one for each thing that an ACL can do with a recipient, in front of Debian's
VERBS = """
  deny   local_parts = deny
         message = 551 5.1.0 not here
  deny   local_parts = lines
         message = first\\nsecond
  deny   local_parts = bare
  defer  local_parts = defer
         message = 451 4.3.0 later
  drop   local_parts = drop
         message = 554 5.0.0 go away
  discard local_parts = discard
  require message = 552 5.2.0 not this
         !local_parts = require
"""


@pytest.fixture(scope="module")
def shared(disk, suite, worker_id):
    host = Host(f"{worker_id.replace('master', 'm')}mail", suite)
    host.down()  # what a killed run left behind
    try:
        host.up(disk)
        host.run("sed", "-i", "-e", "s/^dc_local_interfaces=.*/dc_local_interfaces=''/",
                 "-e", "s/^dc_relay_nets=.*/dc_relay_nets='203.0.113.25'/", "/etc/exim4/update-exim4.conf.conf")
        # as an administrator does: in the template, and in the folder
        for path in ("exim4.conf.template", "conf.d/auth/30_exim4-config_examples"):
            file = host.file(f"/etc/exim4/{path}")
            text = file.read_text()
            if "begin authenticators\n" in text:
                text = text.replace("begin authenticators\n", f"begin authenticators\n{AUTHENTICATOR}", 1)
            else:
                text = AUTHENTICATOR + text
            file.write_text(text)
        for path in ("exim4.conf.template", "conf.d/acl/30_exim4-config_check_rcpt"):
            file = host.file(f"/etc/exim4/{path}")
            file.write_text(file.read_text().replace("\nacl_check_rcpt:\n", f"\nacl_check_rcpt:\n{VERBS}\n", 1))
        host.reload_exim()
        host.copy_exim()
        yield host
    finally:
        host.down()


@pytest.fixture
def host(shared, hosts, request):
    # what another test's mail is still being delivered of cannot be removed before that has ended
    wait_until(lambda: shared.run("sh", "-c", EMPTY_QUEUE, check=False).returncode == 0, what="an empty queue")
    shared.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(shared)
    shared.run("sh", "-c", "rm -f /var/spool/exim4/db/*")
    shared.put_exim_back()
    if request.node.get_closest_marker("any_layout") and not request.node.get_closest_marker("both_debians"):
        shared.write_main()
    hosts.append(shared)
    return shared


@pytest.fixture
def split(host):
    host.run("sed", "-i", "s/^dc_use_split_config=.*/dc_use_split_config='true'/",
             "/etc/exim4/update-exim4.conf.conf")
    host.reload_exim()
    return host


LAYOUTS = ["host", "split", "single"]


def files(host):
    return host.out("sh", "-c", "find /etc/exim4 /etc/smtp-restrictions/exim -type f 2>/dev/null | sort | "
                                "while read f; do stat -c '%n %a %u %g' $f; sha256sum <$f; done")


def wait_for_no_acls(host):
    """They stay as long as sessions of before: the service looks after 5 s, and after a minute."""
    wait_until(lambda: not host.file(ACLS).exists(), 120, "the end of the ACL files")


def remote_client(host, *words):
    return host.popen_remote(sys.executable, HERE / "smtp_say.py", HOST, *words, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)


def from_remote(host, *words):
    client = remote_client(host, *words)
    return json.loads(client.communicate(timeout=30)[0])


def from_host(host, address, *words):
    return json.loads(host.out("python3", host.script("smtp_say.py"), address, *words))


def from_program(host, recipient):
    """By a program of the host, over Exim's standard input."""
    said = host.out("setpriv", "--reuid=tester", "--regid=tester", "--clear-groups", "/usr/sbin/exim4", "-bs",
                    input=f"EHLO a\r\nMAIL FROM:<t@host.test>\r\nRCPT TO:<{recipient}>\r\nQUIT\r\n")
    return said.splitlines()[-2]


def submit(host, *words, user="tester", message="Subject: x\n\nWords.\n"):
    """sendmail, which delivers what it can before it returns; the result has returncode and stderr."""
    return host.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "/usr/sbin/sendmail", "-oep", "-odf",
                    *words, input=message, check=False)


def deliver_queue(host, sink, count):
    """All that has arrived, once that are so many: a queue run of the daemon's own may have a message locked."""
    wait_until(lambda: host.run("exim4", "-q").returncode == 0 and len(sink.messages()) >= count, what=f"message {count}")
    return sink.messages()


def queue(host):
    """{recipient: is it delivered?} of all messages in the queue; of two to the same one, of either."""
    lines = host.out("mailq").splitlines()
    return {line.split()[-1]: line.split()[0] == "D" for line in lines if "@" in line and "<" not in line}
