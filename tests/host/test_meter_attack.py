# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail meter against who wants to send more than he may, or to use up what others may.

All tests share one host with a real Exim, the meter, and who owns which domain. Limits are the same for everybody, so
that each test has users, mailboxes and domains of its own.
"""

import contextlib
import json
import signal
import subprocess

import pytest
from booted import HERE, Host, wait_until

DOMAIN_LIMIT = MAILBOX_LIMIT = 6
USER_LIMIT = 14
METER = "smtp-restrictions-meter"
HOST, REMOTE, LOOPBACK = "203.0.113.1", "203.0.113.25", "127.0.0.1"
SCRIPT = "/usr/local/lib/meter_send.py"
LOG = "/var/log/exim4/mainlog"
OWNERS = "/etc/domainowners"
PROGRAMS = ("args", "-t", "-bs", "-bS")
USERS = ("victim1", "victim2", "victim3", "rogue", "ways", "boxes", "odd", "killed", "hasty1", "hasty2")

# Exim takes any account, and nearly any HELO: what is tried here is what comes of their names.
AUTHENTICATOR = """
plain_server:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if eq{$auth3}{secret}}
  server_set_id = $auth2
  server_prompts = :
"""
OPTIONS = """
helo_accept_junk_hosts = *
smtp_accept_max_nonmail = 100
queue_only = true
"""


@pytest.fixture(scope="module")
def shared(disk, suite, worker_id):
    host = Host(f"{worker_id.replace('master', 'm')}meter", suite)
    host.down()  # what a killed run left behind
    try:
        host.up(disk)
        for user in USERS:
            host.run("useradd", "-m", user)
        host.put(OWNERS, "".join(f"{user}.example: {user}\n" for user in USERS))
        host.put(SCRIPT, (HERE / "meter_send.py").read_text(), 0o755)
        host.run("sed", "-i", "s/^dc_local_interfaces=.*/dc_local_interfaces=''/",
                 "/etc/exim4/update-exim4.conf.conf")
        host.put("/etc/exim4/exim4.conf.localmacros", OPTIONS)
        template = host.file("/etc/exim4/exim4.conf.template")
        template.write_text(template.read_text().replace("begin authenticators\n",
                                                         f"begin authenticators\n{AUTHENTICATOR}", 1))
        host.run("systemctl", "restart", "exim4")
        host.call("SetPolicy", "a{sv}", 1, "DomainOwners", "s", OWNERS)
        host.call("SetMailLimits", "a{sv}", 5, "HourlyRecipientsPerDomain", "u", DOMAIN_LIMIT,
                  "HourlyRecipientsPerMailbox", "u", MAILBOX_LIMIT, "HourlyRecipientsPerUser", "u", USER_LIMIT,
                  "OverLimitAction", "s", "reject", "MeterFallback", "s", "defer")
        host.enable()
        yield host
    finally:
        host.down()


@pytest.fixture
def host(shared, hosts):
    hosts.append(shared)
    return shared


def message(way, sender, recipients=1, **more):
    return {"way": way, "from": sender, "to": [f"r{number}@remote.test" for number in range(recipients)], **more}


def send(host, user, *messages):
    """For each "accepted", or what was said."""
    return json.loads(host.out("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "python3", SCRIPT,
                               json.dumps(messages)))


def send_from_remote(host, *messages):
    client = host.popen_remote("python3", HERE / "meter_send.py", json.dumps(messages), stdout=subprocess.PIPE, text=True)
    return json.loads(client.communicate(timeout=60)[0])


def assert_accepted(said):
    assert said == ["accepted"] * len(said)


def assert_refused(said):
    assert all("5.7.1" in one for one in said), said


def assert_untouched(host, user):
    """He may send all that his domain may, and not one more."""
    assert_accepted(send(host, user, message("args", f"x@{user}.example", DOMAIN_LIMIT - 1),
                         message("-bs", f"x@{user}.example")))
    assert_refused(send(host, user, message("args", f"x@{user}.example")))


@pytest.mark.both_debians
def test_forged_sender_uses_up_nobody_elses_domain(host):
    """In every way that there is; it counts for who really sends."""
    forged = "x@victim1.example"
    said = send(host, "rogue", *[message(way, forged, 2) for way in PROGRAMS],
                message("data", forged, 2), message("bdat", forged, 2), message("data", forged, 2, address=REMOTE))
    assert_accepted(said)
    assert_refused(send(host, "rogue", message("args", forged), message("data", forged)))

    assert_untouched(host, "victim1")


@pytest.mark.both_debians
def test_every_way_to_send_counts_the_same(host):
    sender = "x@ways.example"
    ways = [message(way, sender) for way in (*PROGRAMS, "data", "bdat")]
    assert len(ways) == DOMAIN_LIMIT

    assert_accepted(send(host, "ways", *ways))
    assert_refused(send(host, "ways", *ways, message("data", sender, address=REMOTE)))


def test_mailbox_counts_for_itself_whatever_it_says(host):
    box = "bob@boxes.example"
    forged = [message("data", "x@victim2.example", auth=box), message("bdat", "", auth=box),
              message("data", "Bob@Victim2.Example", 2, auth=box), message("data", "x@elsewhere.example", 2, auth=box)]
    assert_accepted(send_from_remote(host, *[one | {"address": HOST} for one in forged]))
    # in any case of its letters
    assert_refused(send_from_remote(host, *[message("data", "x@boxes.example", auth=name, address=HOST)
                                            for name in (box, "BOB@boxes.example", "bob@BOXES.EXAMPLE")]))
    assert_untouched(host, "victim2")


def accepted_from(host, sender):
    """What Exim's log has, when it is done with all sessions."""
    wait_until(lambda: host.out("pgrep", "-c", "-x", "exim4") == "1", what="the end of all sessions")
    return host.file(LOG).read_text(errors="replace").count(f" <= {sender} ")


@pytest.mark.parametrize(("user", "way"), [("hasty1", "data-gone"), ("hasty2", "bdat-gone")])
def test_who_hangs_up_at_once_is_not_unknown(host, user, way):
    """His socket has no owner any more when Exim asks whose it was."""
    sender = f"{way}@elsewhere.example"
    send(host, user, *[message(way, sender) for _ in range(USER_LIMIT + 4)])
    assert accepted_from(host, sender) <= USER_LIMIT


# what could pass for another's line of the log, or for another's request to the meter
ODD_NAMES = (
    "victim3@victim3.example S=1 id=x",
    "victim3@victim3.example\tx",
    "victim3@victim3.example U=victim3 P=local",
    "a\" A=plain:victim3@victim3.example S=1",
    "a=dmljdGltM0B2aWN0aW0zLmV4YW1wbGU= s=x",
    "<victim3@victim3.example>",
    "\xff\xfe@victim3\xff.example",
    "v" * 1500,  # longer than the meter reads
)
ODD_HELOS = (
    "x) [127.0.0.1] P=esmtpa A=plain:victim3@victim3.example S=1 id=",
    "x\" A=plain:victim3@victim3.example",
    "<= x@victim3.example U=victim3 P=local S=1",
    "h" * 500,
)
ODD_SENDERS = (
    '"a b"@odd.example',
    '"x => y@z R=r T=t"@odd.example',
    '"a\\"b A=plain:victim3@victim3.example S=1"@odd.example',
    '"smtp-restrictions: ok n=1 uid=0"@odd.example',
    "l" * 60 + "@odd.example",
)


def odd_messages():
    return [*[message("args", sender) for sender in ODD_SENDERS],
            *[message("data", "x@odd.example", helo=helo) for helo in ODD_HELOS]]


def test_odd_names_are_nobody_elses(host):
    """Neither in the request nor in the log: the second half is sent while the meter does not run."""
    odd = odd_messages()
    said = send(host, "odd", *odd)
    accepted = said.count("accepted")
    assert accepted == DOMAIN_LIMIT and all("5.7.1" in one for one in said if one != "accepted"), said

    from_remote = [message("data", "x@victim3.example", auth=name, address=HOST) for name in ODD_NAMES]
    said = send_from_remote(host, *from_remote)
    assert said.count("accepted") >= len(ODD_NAMES) - 2, said  # Exim itself refuses some
    assert_untouched(host, "victim3")


def processes(host, unit):
    """The main process as this machine numbers it."""
    for path in host.cgroup().rglob(f"{unit}.service/cgroup.procs"):
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_text().split()[0])
    return None


@contextlib.contextmanager
def killed_at(host, call, number):
    """SIGKILL when the meter makes that call for the number-th time."""
    def attached():
        pid = processes(host, METER)
        if not pid:
            return None
        tracer = subprocess.Popen(["strace", "-f", "-p", str(pid), "-e", f"trace={call}", "-o", "/dev/null",
                                   "-e", f"inject={call}:signal=KILL:when={number}"], stderr=subprocess.PIPE, text=True)
        # the one before may be about to end
        if "attached" in tracer.stderr.readline():
            return tracer
        tracer.wait()
        return None

    host.run("systemctl", "start", f"{METER}.service")
    tracer = wait_until(attached, what="strace of the meter")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait(5)


STEPS = [(call, number) for call in ("accept4", "recvfrom,read", "sendto,write", "pwrite64", "ftruncate", "fdatasync,msync")
         for number in (1, 2, 3)]


def test_killed_meter_has_counted_exactly(host):
    """Whatever it was about to do: in the end exactly as many were accepted as may be."""
    sender, accepted = "x@elsewhere.example", 0
    for call, number in STEPS:
        with killed_at(host, call, number):
            said = send(host, "killed", message("args", sender))
        accepted += said.count("accepted")
    assert accepted <= USER_LIMIT

    def all_is_sent():
        nonlocal accepted
        accepted += send(host, "killed", message("args", sender)).count("accepted")
        return accepted == USER_LIMIT

    # what Exim rejected for want of an answer gives its room back once the meter has read that
    wait_until(all_is_sent, what="all that he may send")
    assert_refused(send(host, "killed", message("args", sender)))
