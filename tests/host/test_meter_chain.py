# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail meter from end to end: a real Exim, a real meter, real users, and a remote server that takes what goes out."""

import pytest
from booted import HERE, METER, BusError, Sink, wait_until
from mailhost import FOREIGN, LOCAL, deliver_queue, files, from_remote, host, queue, shared, submit  # fixtures too

pytestmark = pytest.mark.any_layout
LOG = "/var/log/exim4/mainlog"
UNITS = ("smtp-restrictions-release.path", "smtp-restrictions-release.service", "smtp-restrictions-meter.socket",
         "smtp-restrictions-meter.service")
CONFIG = "/etc/smtp-restrictions/meter.json"
MESSAGE = "Subject: x\r\n\r\nx\r\n.\r\n"


@pytest.fixture
def meter(host):
    """It has counted nothing yet. Who releases held mail stays for ten seconds, with a folder that is removed here."""
    host.run("sh", "-c", f"systemctl stop {' '.join(UNITS)}; "
                         f"rm -rf /var/lib/smtp-restrictions-meter/* /run/smtp-restrictions-meter/* {LOG}; "
                         f"systemctl reset-failed {' '.join(UNITS)}; "
                         "systemctl start smtp-restrictions-meter.socket smtp-restrictions-ident.socket "
                         "smtp-restrictions-release.path")
    return host


@pytest.fixture
def sink(meter, tmp_path):
    server = Sink(meter, tmp_path)
    yield server
    server.stop()


def limit(host, *words):
    host.call("SetMailLimits", "a{sv}", len(words) // 3, *words)


def reject_above(host, key, number):
    limit(host, key, "u", number, "OverLimitAction", "s", "reject", "OverLimitPercent", "u", 100)


def session(sender, *recipients):
    """For sendmail -bs and -bS."""
    to = "".join(f"RCPT TO:<{recipient}>\r\n" for recipient in recipients)
    return f"EHLO a\r\nMAIL FROM:<{sender}>\r\n{to}DATA\r\n{MESSAGE}QUIT\r\n"


def as_user(host, user, address, *words):
    """Over SMTP, as a user of the host: what was said."""
    script = "/usr/local/bin/smtp_say.py"  # where everybody can read it
    host.put(script, (HERE / "smtp_say.py").read_text(), 0o755)
    return host.out("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "python3", script, address, *words)


def by_sendmail(host, count):
    return submit(host, *[f"r{i}@remote.test" for i in range(count)]).returncode == 0


def by_minus_bs(host, count):
    done = submit(host, "-bs", message=session("t@host.test", *[f"r{i}@remote.test" for i in range(count)]))
    return "250 OK id=" in done.stdout


def by_loopback(host, count, address="127.0.0.1"):
    said = as_user(host, "tester", address, "--data", "--from=t@host.test", *[f"r{i}@remote.test" for i in range(count)])
    return '"250 OK"' in said


def by_auth(host, count):
    said = from_remote(host, "--auth=bob@a.test", "--data", *[f"r{i}@remote.test" for i in range(count)])
    return said[-1] == "250 OK"


@pytest.mark.both_debians(key=["HourlyRecipientsPerUser", "DailyRecipientsPerMailbox"])
@pytest.mark.parametrize("key, ways", [
    ("HourlyRecipientsPerUser", (by_sendmail, by_minus_bs, by_loopback, by_sendmail)),
    ("DailyRecipientsPerUser", (by_loopback, by_sendmail, by_minus_bs, by_loopback)),
    ("HourlyRecipientsPerMailbox", (by_auth, by_auth, by_auth, by_auth)),
    ("DailyRecipientsPerMailbox", (by_auth, by_auth, by_auth, by_auth)),
    ("HourlyRecipientsPerDomain", (by_sendmail, by_loopback, by_minus_bs, by_sendmail)),
    ("DailyRecipientsPerDomain", (by_auth, by_auth, by_auth, by_auth)),
])
def test_so_many_pass_and_not_one_more(shared, meter, key, ways):
    first, second, third, last = ways
    reject_above(meter, key, 5)
    assert first(meter, 2) and second(meter, 2)
    assert not third(meter, 2)  # would be the sixth
    assert third(meter, 1)
    assert not last(meter, 1)
    assert submit(meter, LOCAL).returncode == 0


def test_ipv6_and_own_address_count_for_their_user(meter):
    reject_above(meter, "HourlyRecipientsPerUser", 2)
    assert by_loopback(meter, 1, "::1")
    assert by_sendmail(meter, 1)
    assert not by_loopback(meter, 1, "::1")
    assert submit(meter, FOREIGN, user="admin").returncode == 0  # another user has his own


def test_held_mail_goes_when_there_is_room(meter, sink):
    limit(meter, "HourlyRecipientsPerUser", "u", 2, "OverLimitPercent", "u", 200)
    assert by_sendmail(meter, 2)
    sink.wait(1)
    assert submit(meter, FOREIGN, LOCAL).returncode == 0
    wait_until(lambda: queue(meter) == {FOREIGN: False, LOCAL: True}, what="one held and one delivered recipient")
    meter.run("exim4", "-q")
    assert queue(meter) == {FOREIGN: False, LOCAL: True}
    assert not by_sendmail(meter, 2)  # above 200 %
    limit(meter, "HourlyRecipientsPerUser", "u", 10)

    def run_queue():
        meter.run("exim4", "-q")
        return not queue(meter)

    wait_until(run_queue, what="the end of the hold")
    assert FOREIGN in [recipient for message in sink.messages() for recipient in message["to"]]


def test_reset_gives_exim_back_and_lets_held_mail_go(meter, sink):
    before = files(meter)
    limit(meter, "HourlyRecipientsPerUser", "u", 1, "OverLimitPercent", "u", 200)
    assert by_sendmail(meter, 1)
    assert submit(meter, FOREIGN).returncode == 0
    wait_until(lambda: queue(meter) == {FOREIGN: False}, what="a held recipient")
    meter.call("ResetMailLimits", "as", 0)
    assert deliver_queue(meter, sink, 2)[-1]["to"] == [FOREIGN]
    wait_until(lambda: files(meter) == before, what="Exim's files as they were")


def test_defer_and_observe(meter):
    limit(meter, "HourlyRecipientsPerUser", "u", 1, "OverLimitAction", "s", "defer", "OverLimitPercent", "u", 300)
    assert by_loopback(meter, 1)
    said = as_user(meter, "tester", "127.0.0.1", "--data", FOREIGN, LOCAL)
    assert '"451 4.7.1 ' in said and said.endswith('"250 Accepted", "250 OK"]')  # the local one passes
    limit(meter, "OverLimitAction", "s", "observe")
    assert by_loopback(meter, 3)
    assert "smtp-restrictions: observe n=3 uid=1000" in meter.file(LOG).read_text()


def test_denied_user_reaches_nobody_outside(meter):
    meter.call("SetMailLimits", "a{sv}", 1, "DeniedMailUsers", "as", 1, "tester")
    assert not by_sendmail(meter, 1) and not by_minus_bs(meter, 1)
    assert submit(meter, "-t", message=f"To: {FOREIGN}\n\nx\n").returncode == 1
    assert submit(meter, "-f", "admin@host.test", FOREIGN).returncode == 1
    submit(meter, "-bS", message=session("t@host.test", FOREIGN))
    for address in ("127.0.0.1", "::1"):
        said = as_user(meter, "tester", address, "--data", FOREIGN, LOCAL)
        assert said.startswith('["550 ') and said.endswith('"250 Accepted", "250 OK"]'), said
    assert FOREIGN not in queue(meter)
    assert submit(meter, LOCAL).returncode == 0
    assert submit(meter, FOREIGN, user="admin").returncode == 0


@pytest.mark.parametrize("fallback, other", [("accept", 0), ("defer", 1)])
def test_denied_user_is_denied_without_the_meter_too(meter, fallback, other):
    meter.call("SetMailLimits", "a{sv}", 2, "DeniedMailUsers", "as", 1, "tester", "MeterFallback", "s", fallback)
    meter.run("systemctl", "stop", "smtp-restrictions-meter.socket", "smtp-restrictions-meter.service")
    for words, message in (([FOREIGN], "x\n"), (["-t"], f"To: {FOREIGN}\n\nx\n"), (["-f", "a@host.test", FOREIGN], "x\n")):
        assert "5.7.1 this user may not" in submit(meter, *words, message=message).stderr
    assert "550 5.7.1 this user may not" in submit(meter, "-bs", message=session("t@host.test", FOREIGN)).stdout
    assert FOREIGN not in queue(meter)
    assert submit(meter, LOCAL).returncode == 0
    assert submit(meter, FOREIGN, user="admin").returncode == other


def verdict(meter, sender="dGVzdGVyQGhvc3QudGVzdA=="):  # tester@host.test
    """What a message would get: nothing is counted by it."""
    ask = ("import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/smtp-restrictions-meter.socket'); "
           f"s.sendall(b'P u=1000 h= p=0 la= lp=-1 s={sender} a=\\n'); print(s.recv(400).decode())")
    return meter.out("python3", "-c", ask).split()[0]


def fail(meter):
    """Two that are refused, one that is put off; the id of the message that waits."""
    assert submit(meter, "refused@a.test", "refused@b.test", "later@c.test").returncode == 0
    assert queue(meter)["later@c.test"] is False
    return meter.out("exiqgrep", "-i", "-r", "later@c.test").strip()


def test_domain_whose_mail_fails_is_held_until_it_does_not(meter, sink):
    limit(meter, "FailDeferPercent", "u", 50, "FailDeferMinimum", "u", 3)
    waiting = fail(meter)
    wait_until(lambda: verdict(meter) == "hold", what="the share is known")
    assert submit(meter, FOREIGN, LOCAL).returncode == 0
    wait_until(lambda: (waits := queue(meter)).get(FOREIGN) is False and waits.get(LOCAL), what="a held recipient")
    meter.run("systemctl", "kill", "-s", "KILL", "smtp-restrictions-meter.service")
    meter.run("exim4", "-q")
    assert queue(meter)[FOREIGN] is False

    meter.run("exim4", "-M", waiting)
    wait_until(lambda: not queue(meter), what="the end of the hold, without a queue run")
    assert [message["to"] for message in sink.messages()] == [["later@c.test"], [FOREIGN]]
    assert verdict(meter) == "ok"


def test_domain_whose_mail_fails_is_refused(meter, sink):
    limit(meter, "FailDeferPercent", "u", 50, "FailDeferMinimum", "u", 3, "FailDeferAction", "s", "reject")
    fail(meter)
    wait_until(lambda: verdict(meter) == "deny", what="the share is known")
    said = as_user(meter, "tester", "127.0.0.1", "--data", "--from=tester@host.test", FOREIGN, LOCAL)
    assert said.startswith('["550 5.7.1 of 3 recipients') and said.endswith('"250 Accepted", "250 OK"]'), said
    assert "5.7.1 of 3 recipients of the domain host.test" in submit(meter, FOREIGN).stderr


def test_web_user_who_sends_much_is_a_problem(meter):
    limit(meter, "HourlyRecipientsPerDomain", "u", 1000)
    recipients = [f"r{i}@remote.test" for i in range(100)]
    assert submit(meter, *recipients, user="www-data").returncode == 0
    wait_until(lambda: [problem["Id"] for problem in meter.call("Status")["Problems"]] == ["shared-web-user"],
               what="the problem")


def set_subject(host, subject, *settings):
    host.call("SetSubject", "sa{sv}", subject, *settings, interface=METER)


@pytest.fixture
def resumed(meter):
    """Whatever was set for subjects is gone afterwards, so that the next test has no hooks of theirs."""
    yield meter
    meter.run("sh", "-c", "systemctl stop smtp-restrictions-meter.service; rm -rf /var/lib/smtp-restrictions-meter/*")


@pytest.mark.both_debians
def test_account_that_may_not_send_is_told_at_mail(shared, resumed):
    resumed.call("SetMailLimits", "a{sv}", 1, "SmtpAuth", "s", "disabled")
    words = "5.7.1 sending with a password (SMTP AUTH) is disabled for "
    assert from_remote(resumed, "--auth=bob@a.test", "--data", LOCAL) == [f"550 {words}bob@a.test"]
    assert from_remote(resumed, "--data", LOCAL)[-1] == "250 OK"  # without AUTH nothing changes
    assert by_sendmail(resumed, 1) and by_minus_bs(resumed, 1)

    set_subject(resumed, "mailbox:bob@a.test", 1, "SmtpAuth", "s", "enabled")
    assert by_auth(resumed, 1)
    assert from_remote(resumed, "--auth=bobby@a.test", "--data", LOCAL) == [f"550 {words}bobby@a.test"]

    resumed.run("systemctl", "stop", "smtp-restrictions-meter.socket", "smtp-restrictions-meter.service")
    assert from_remote(resumed, "--auth=bob@a.test", "--data", LOCAL)[0].startswith("451 4.7.1 ")


def test_own_limit_holds_exactly_and_that_of_all_others_for_them(resumed):
    limit(resumed, "HourlyRecipientsPerMailbox", "u", 100, "OverLimitAction", "s", "reject", "OverLimitPercent", "u", 100)
    set_subject(resumed, "mailbox:BOB@a.test", 1, "HourlyRecipients", "u", 3)
    assert by_auth(resumed, 2)
    assert not by_auth(resumed, 2)
    assert by_auth(resumed, 1)
    assert not by_auth(resumed, 1)
    assert from_remote(resumed, "--auth=bobby@a.test", "--data", FOREIGN)[-1] == "250 OK"


def run_queue(host):
    """Exim's own, without what it remembers of the remote server."""
    host.run("sh", "-c", "rm -f /var/spool/exim4/db/*; exim4 -q")


@pytest.mark.both_debians
def test_suspended_users_mail_stays_in_the_queue_until_he_is_resumed(shared, resumed, tmp_path):
    limit(resumed, "HourlyRecipientsPerUser", "u", 100)
    assert submit(resumed, "old@remote.test").returncode == 0  # nobody takes it yet
    assert submit(resumed, "other@remote.test", user="admin").returncode == 0
    resumed.call("SuspendSubject", "ss", "user:tester", "hold", interface=METER)
    assert submit(resumed, "new@remote.test", LOCAL).returncode == 0
    sink = Sink(resumed, tmp_path)
    try:
        run_queue(resumed)
        assert [message["to"] for message in sink.wait(1)] == [["other@remote.test"]]
        assert queue(resumed) == {"old@remote.test": False, "new@remote.test": False, LOCAL: True}

        # neither the end of the limits nor that of the meter lets it go
        resumed.call("ResetMailLimits", "as", 0)
        run_queue(resumed)
        resumed.run("systemctl", "stop", "smtp-restrictions-meter.socket", "smtp-restrictions-meter.service")
        run_queue(resumed)
        assert len(queue(resumed)) == 3 and len(sink.messages()) == 1
        assert submit(resumed, "meanwhile@remote.test").returncode == 0
        assert queue(resumed)["meanwhile@remote.test"] is False

        resumed.run("systemctl", "start", "smtp-restrictions-meter.socket")
        resumed.call("ResumeSubject", "s", "user:tester", interface=METER)
        run_queue(resumed)
        assert sorted(message["to"] for message in sink.wait(4))[0] == ["meanwhile@remote.test"]
        wait_until(lambda: not queue(resumed), what="an empty queue")
    finally:
        sink.stop()


def test_without_any_limit_exim_asks_while_somebody_is_suspended(resumed, tmp_path):
    wait_until(lambda: "/smtp-restrictions/" not in files(resumed), what="the end of other tests' files")
    before = files(resumed)
    assert submit(resumed, "old@remote.test").returncode == 0  # nobody takes it yet
    resumed.call("SuspendSubject", "ss", "domain:host.test", "hold", interface=METER)
    assert submit(resumed, FOREIGN).returncode == 0
    run_queue(resumed)
    wait_until(lambda: queue(resumed) == {"old@remote.test": False, FOREIGN: False}, what="both in the queue")
    sink = Sink(resumed, tmp_path)
    try:
        resumed.call("ResumeSubject", "s", "domain:host.test", interface=METER)
        assert sorted(message["to"] for message in sink.wait(2)) == [[FOREIGN], ["old@remote.test"]]
    finally:
        sink.stop()
    wait_until(lambda: files(resumed) == before and not resumed.file(CONFIG).exists(), what="Exim as it was")

    # who was not heard says it again
    resumed.run("systemctl", "mask", "--runtime", "--now", "smtp-restrictions.service")
    with pytest.raises(BusError) as error:
        resumed.call("SuspendSubject", "ss", "domain:host.test", "hold", interface=METER)
    resumed.run("systemctl", "unmask", "--runtime", "smtp-restrictions.service")
    assert error.value.name == "MeterUnavailable"
    assert files(resumed) == before
    resumed.run("systemctl", "restart", "smtp-restrictions-meter.service")
    wait_until(lambda: "suspended" in resumed.out("exim4", "-bP", "hold_domains"), what="Exim's question")
    assert submit(resumed, FOREIGN).returncode == 0
    wait_until(lambda: queue(resumed) == {FOREIGN: False}, what="what is held")


def test_user_is_refused_where_that_was_asked_for(resumed):
    limit(resumed, "HourlyRecipientsPerUser", "u", 100)
    resumed.call("SuspendSubject", "ss", "user:tester", "reject", interface=METER)
    done = submit(resumed, FOREIGN)
    assert done.returncode == 1 and "5.7.1 outgoing mail of the user tester is suspended" in done.stderr
    assert submit(resumed, LOCAL).returncode == 0
    assert submit(resumed, FOREIGN, user="admin").returncode == 0


def test_killed_meter_has_lost_nothing(meter):
    reject_above(meter, "HourlyRecipientsPerUser", 3)
    for _ in range(3):
        assert by_sendmail(meter, 1)
        meter.run("systemctl", "kill", "-s", "KILL", "smtp-restrictions-meter.service")
    assert not by_sendmail(meter, 1)


def test_without_the_meter_mail_flows_and_it_is_said(meter):
    limit(meter, "HourlyRecipientsPerUser", "u", 2)
    meter.run("systemctl", "stop", "smtp-restrictions-meter.socket", "smtp-restrictions-meter.service")
    status = meter.call("Status")
    assert status["Meter"] == "down" and "meter-down" in [problem["Id"] for problem in status["Problems"]]
    assert by_sendmail(meter, 1) and by_sendmail(meter, 1)
    assert not by_sendmail(meter, 1)  # Exim's own ratelimit
    meter.run("systemctl", "start", "smtp-restrictions-meter.socket")
    assert meter.call("Status")["Meter"] == "ok"
