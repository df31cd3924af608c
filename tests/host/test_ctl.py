# SPDX-License-Identifier: GPL-2.0-or-later
"""smtp-restrictionsctl: what people see, what scripts get, exit codes, questions and passwords."""

import json
from types import SimpleNamespace

import pytest
from booted import HERE, REMOTE, wait_until

READING = [["status"], ["policy"], ["policy", "show"], ["limits"], ["limits", "show"], ["preview"],
           ["preview", "Observe=yes"], ["verify"], ["allowed"], ["exceptions"]]
PASSWORD = ["Password: ", "admin"]
QUESTION = "[y/N] "
EXAMPLES = HERE.parents[1] / "docs/examples"


@pytest.fixture
def host(restored):
    return restored


def ctl(host, *arguments, **options):
    """The result, whatever its exit code, with .error: what came on standard error."""
    done = host.ctl(*arguments, check=False, **options)
    return SimpleNamespace(code=done.returncode, output=done.stdout, error=done.stderr)


def ctl_as(host, user, *arguments):
    done = host.runas(user, "smtp-restrictionsctl", *arguments, check=False)
    return SimpleNamespace(code=done.returncode, output=done.stdout, error=done.stderr)


def terminal(host, *arguments, answers=(), user=None, environment=()):
    """On a terminal: .code, .output, .asked (how many of the questions came), .echo (typing is shown, at the end)."""
    host.put("/usr/local/bin/terminal.py", (HERE / "terminal.py").read_text(), 0o755)
    command = ["env", *environment, "terminal.py", json.dumps(list(answers)), "smtp-restrictionsctl", *arguments]
    done = host.run(*command) if user is None else host.runas(user, *command)
    told = json.loads(done.stdout)
    return SimpleNamespace(code=told["status"], output=told["output"].replace("\r\n", "\n"), asked=told["asked"],
                           echo=told["echo"])


def assert_one_line(result):
    assert result.error.startswith("smtp-restrictionsctl: "), result.error
    assert result.error.count("\n") == 1, result.error


# ------------------------------------------------------------------ commands


def test_enable_and_disable_do_what_they_say(host):
    assert ctl(host, "enable").code == 0
    assert host.property("Enforcing") is True
    assert ctl(host, "disable").code == 0
    assert host.property("Enabled") is False


def test_a_change_is_silent_in_a_script(host):
    done = ctl(host, "enable")
    assert (done.output, done.error) == ("", "")


def test_status_is_three_until_the_restriction_is_in_force(host):
    before = ctl(host, "status")
    assert before.code == 3
    assert "Restriction  off\n" in before.output
    host.enable()
    after = ctl(host, "status")
    assert after.code == 0, after.error
    assert "Restriction  on, in the kernel\n" in after.output


def test_status_while_observing_is_three(host):
    host.enable()
    assert ctl(host, "policy", "set", "Observe=yes").code == 0
    done = ctl(host, "status")
    assert done.code == 3
    assert "observing" in done.output


def test_status_names_ports_exim_limits_and_the_last_change(host):
    ctl(host, "limits", "set", "SmtpAcceptMax=50")
    lines = dict(line.split("  ", 1) for line in ctl(host, "status").output.splitlines() if "  " in line.strip())
    assert lines["Ports"].strip() == "25 redirect, 465 reject, 587 reject"
    assert lines["MTA"].strip().startswith("Exim 4.")
    assert "debian-unsplit" in lines["Exim"]
    assert lines["Mail limits"].strip() == "SmtpAcceptMax 50"
    assert "SetMailLimits by root (uid 0): done" in lines["Last change"]
    assert lines["Health"].strip() == "ok"


def test_status_shows_each_problem_with_what_to_do(host):
    host.enable()
    host.run("systemctl", "stop", "exim4.service")
    status = host.call("Status")
    shown = " ".join(ctl(host, "status").output.split())
    assert status["Problems"]
    for problem in status["Problems"]:
        assert problem["Id"] in shown
        assert " ".join(problem["Text"].split()) in shown
        assert "What to do: " + " ".join(problem["Hint"].split()) in shown


def test_status_fits_eighty_columns(host):
    host.enable()
    host.run("systemctl", "stop", "exim4.service")
    for line in ctl(host, "status").output.splitlines():
        assert len(line) <= 80, line


def test_a_stranger_gets_the_public_status_and_is_told_so(unchanged):
    done = ctl_as(unchanged, "tester", "status")
    assert done.code == 3
    assert "Restriction  off\n" in done.output
    assert "Mail limits" not in done.output
    assert "This is what everybody may see." in done.output


def test_limits_are_set_shown_and_given_back(host):
    assert ctl(host, "limits").output == "No mail limits are set: Exim's own configuration holds.\n"
    assert ctl(host, "limits", "set", "SmtpAcceptMax=50", "RecipientsMax=100").code == 0
    assert ctl(host, "limits").output == "SmtpAcceptMax  50\nRecipientsMax  100\n"
    assert "smtp_accept_max = 50" in host.out("exim4", "-bP", "smtp_accept_max")
    assert ctl(host, "limits", "reset", "RecipientsMax").code == 0
    assert ctl(host, "limits").output == "SmtpAcceptMax  50\n"
    assert ctl(host, "limits", "reset").code == 0
    assert host.call("GetPolicy")["MailLimits"] == {}


def test_users_are_set_added_and_taken_away(host):
    assert ctl(host, "policy", "set", "AllowedUsers=admin").code == 0
    assert ctl(host, "policy", "set", "AllowedUsers+=tester").code == 0
    assert host.call("GetPolicy")["AllowedUsers"] == ["admin", "tester"]
    assert ctl(host, "policy", "set", "AllowedUsers-=admin").code == 0
    assert host.call("GetPolicy")["AllowedUsers"] == ["tester"]


def test_a_default_stays_one_when_a_list_is_added_to(host):
    ctl(host, "policy", "set", "AllowedUsers+=tester")
    assert "PortVerdicts" not in json.loads(host.file("/etc/smtp-restrictions/policy.json").read_text())


def test_ports_are_set_as_people_type_them(host):
    assert ctl(host, "policy", "set", "PortVerdicts=25:reject,2525:reject").code == 0
    assert host.call("GetPolicy")["PortVerdicts"] == {25: "reject", 2525: "reject"}


def test_both_halves_are_changed_in_one_call(host):
    before = host.property("Generation")
    assert ctl(host, "policy", "set", "Contact=postmaster@host.test", "SmtpAcceptMax=50").code == 0
    policy = host.call("GetPolicy")
    assert (policy["Contact"], policy["MailLimits"]) == ("postmaster@host.test", {"SmtpAcceptMax": 50})
    assert policy["Generation"] == before + 1


def test_what_policy_shows_can_be_typed_back(host):
    ctl(host, "policy", "set", "AllowedUsers=admin,tester", "Observe=yes", "RecipientsMax=9")
    shown = dict(line.split(maxsplit=1) for line in ctl(host, "policy").output.splitlines())
    words = [f"{key}={value}" for key, value in shown.items() if value != "-" and key not in ("Generation", "Enabled")]
    before = host.call("GetPolicy")
    assert ctl(host, "policy", "set", *words).code == 0
    assert host.call("GetPolicy") | {"Generation": 0} == before | {"Generation": 0}


def test_preview_shows_rules_and_changes_nothing(host):
    done = ctl(host, "preview")
    assert done.code == 0, done.error
    assert "table inet smtp_restrictions" in done.output
    assert "No open connection would be cut." in done.output
    assert host.table() == ""
    assert host.property("Enabled") is False


def test_preview_of_a_limit_shows_the_diff_of_the_file(host):
    done = ctl(host, "preview", "SmtpAcceptMax=50")
    assert "\n+smtp_accept_max = 50\n" in done.output
    assert host.call("GetPolicy")["MailLimits"] == {}


def test_preview_names_whose_connections_would_be_cut(host, sink):
    connection = held_connection(host)
    assert "1 open connection of 1 user would be cut: tester (1)." in ctl(host, "preview").output
    connection.kill()


def test_a_user_is_told_what_becomes_of_his_connection_and_whom_to_ask(host):
    ctl(host, "policy", "set", "PortVerdicts=25:reject", "Contact=help@example.com")
    ctl(host, "enable", "--yes")

    for own in ((), ("tester",)):
        done = ctl_as(host, "tester", "explain", *own, "[2001:db8::25]:25")
        assert done.code == 3 and "2001:db8::25 port 25: refused (PortVerdicts" in done.output
        assert "ask help@example.com." in done.output
    # the name is looked up by who asks
    assert "an address of this host" in ctl_as(host, "tester", "explain", "localhost:25").output
    assert ctl_as(host, "tester", "--no-ask-password", "explain", "root", "192.0.2.1:25").code == 4
    assert ctl(host, "explain", "tester", "192.0.2.1:25").code == 3
    assert ctl(host, "explain", "192.0.2.1:25").code == 0


def test_verify_is_three_when_something_is_not_as_it_should_be(host):
    host.enable()
    before = ctl(host, "verify")
    assert before.code == 0, before.output
    with host.file("/etc/smtp-restrictions/policy.json").open("a") as file:
        file.write("\n")
    after = ctl(host, "verify")
    assert after.code == 3
    assert "policy-file-changed" in after.output


def test_reload_brings_an_edited_file_into_force(host):
    host.enable()
    file = host.file("/etc/smtp-restrictions/policy.json")
    policy = json.loads(file.read_text())
    file.write_text(json.dumps(policy | {"AllowedUsers": ["tester"]}))
    assert ctl(host, "reload").code == 0
    assert host.call("GetPolicy")["AllowedUsers"] == ["tester"]


def test_allowed_lists_everybody_once(host):
    users = [f"user{number}" for number in range(1500)]
    with host.file("/etc/passwd").open("a") as passwd:
        passwd.writelines(f"{user}:x:{5000 + number}:5000::/:/bin/sh\n" for number, user in enumerate(users))
    assert ctl(host, "policy", "set", "AllowedUsers=" + ",".join(users)).code == 0
    listed = [entry["User"] for entry in json.loads(ctl(host, "allowed", "--json").output)]
    assert sorted(user for user in listed if user.startswith("user")) == sorted(users)
    assert "root" in listed
    assert len(listed) == len(set(listed)) == host.call("Status")["AllowedCount"]


def test_is_active_is_one_word_for_scripts(host):
    assert (ctl(host, "is-active").output, ctl(host, "is-active").code) == ("inactive\n", 3)
    host.ctl("observe")
    assert (ctl(host, "is-active").output, ctl(host, "is-active").code) == ("observing\n", 3)
    host.ctl("observe", "off")
    assert (ctl_as(host, "tester", "is-active").output, ctl(host, "is-active").code) == ("active\n", 0)


def test_a_policy_is_carried_to_another_server_once(host):
    host.ctl("policy", "set", "PortVerdicts=25:redirect,2525:reject", "AllowedUsers=tester", "SmtpAcceptMax=33")
    host.put("/root/policy.json", ctl(host, "export").output)
    host.ctl("policy", "set", "PortVerdicts=25:reject", "AllowedUsers=", "SmtpAcceptMax=44")
    other = host.call("GetPolicy")

    assert (ctl(host, "apply", "--check", "-f", "/root/policy.json").output, host.call("GetPolicy")) == ("changed\n", other)
    assert ctl(host, "apply", "--check", "-f", "/root/policy.json").code == 3
    done = ctl(host, "apply", "-f", "/root/policy.json")
    assert (done.output, done.error, done.code) == ("changed\n", "", 0)
    assert host.out("exim4", "-bP", "smtp_accept_max") == "smtp_accept_max = 33"
    assert ctl(host, "export").output == host.file("/root/policy.json").read_text()

    before = host.call("Status")["Generation"]
    done = host.run("sh", "-c", "smtp-restrictionsctl apply -f - </root/policy.json")
    assert (done.stdout, host.call("Status")["Generation"]) == ("unchanged\n", before)
    assert ctl(host, "apply", "--check", "-f", "/root/policy.json").code == 0


def test_the_playbook_is_right_about_its_commands(host):
    """Each command of docs/examples/ansible.yml as it is written there, with the policy that lies beside it."""
    text = (EXAMPLES / "ansible.yml").read_text()
    check, apply, verify = [line.split("cmd: ")[1] for line in text.splitlines() if "  cmd: " in line]
    host.put("/root/policy.json", (EXAMPLES / "policy.json").read_text())

    def run(command):
        done = host.run("sh", "-c", f"{command} </root/policy.json", check=False)
        return done.returncode, done.stdout

    assert "changed_when: checked.rc == 3\n" in text and 'changed_when: applied.stdout == "changed"\n' in text
    assert (run(check), run(apply)) == ((3, "changed\n"), (0, "changed\n"))
    assert (run(check), run(apply)) == ((0, "unchanged\n"), (0, "unchanged\n"))
    assert run(verify)[0] == 0
    assert host.property("Enforcing") is True


@pytest.mark.parametrize(("text", "code", "words"), [
    ('{"Enabled": maybe}', 5, "line 1, column "),
    ('{"Contact": 1}', 5, "Contact: is not a string"),
    ('{"AllowedUsers": ["nosuchuser"]}', 5, "nosuchuser"),
    ('{"Version": 2}', 5, "Version: "),
    (None, 1, "/root/wrong.json"),
])
def test_a_wrong_policy_file_changes_nothing(host, text, code, words):
    before = host.call("GetPolicy")
    host.file("/root/wrong.json").unlink(missing_ok=True)
    if text is not None:
        host.put("/root/wrong.json", text)
    done = ctl(host, "apply", "-f", "/root/wrong.json")
    assert (done.code, done.output) == (code, "")
    assert words in done.error
    assert_one_line(done)
    assert host.call("GetPolicy") == before


CSF = """SMTP_BLOCK = "1"
SMTP_REDIRECT = "1"
SMTP_PORTS = "25,2525"
SMTP_ALLOWUSER = "tester,cpanel"
SMTP_ALLOWGROUP = "mail,mailman"
"""


def test_settings_of_a_firewall_are_shown_and_then_set(host):
    host.ctl("policy", "set", "Contact=me@host.test")
    host.put("/root/csf.conf", CSF)
    before = host.call("GetPolicy")

    done = ctl(host, "import", "csf", "/root/csf.conf")
    assert (done.code, host.call("GetPolicy")) == (0, before), done.error
    assert "tester" in done.output and "group  mailman" in done.output and "user   cpanel" in done.output
    assert ctl(host, "import", "csf", "/root/csf.conf", "--yes", "--strict").code == 5
    assert host.call("GetPolicy") == before
    assert terminal(host, "import", "csf", "/root/csf.conf", answers=[[QUESTION, "n"]]).code == 1
    assert host.call("GetPolicy") == before

    done = terminal(host, "import", "csf", "/root/csf.conf", answers=[[QUESTION, "y"]])
    assert (done.code, done.output.splitlines()[-1]) == (0, "changed")
    after = host.call("GetPolicy")
    # nothing listens on 2525 here
    assert after["PortVerdicts"] == {25: "redirect", 2525: "reject"}
    assert (after["AllowedUsers"], after["AllowedGroups"]) == (["tester"], ["mail"])
    assert (after["Contact"], host.property("Enforcing")) == ("me@host.test", True)

    done = ctl(host, "import", "csf", "/root/csf.conf", "--yes")
    assert (done.code, done.output.splitlines()[-1]) == (0, "unchanged")


def test_limits_of_a_panel_come_with_those_of_its_domains(host):
    files = {"var/cpanel/cpanel.config": "maxemailsperhour=200\nnobodyspam=1\n",
             "var/cpanel/users/alice": "MAX_EMAIL_PER_HOUR=30\nMAX_EMAIL_PER_HOUR-b.test=70\n",
             "etc/userdomains": "a.test: alice\nb.test: alice\n",
             "etc/exim.conf.local": "@CONFIG@\nsmtp_accept_max = 77\n"}
    for name, text in files.items():
        host.run("mkdir", "-p", f"/root/panel/{name.rpartition('/')[0]}")
        host.put(f"/root/panel/{name}", text)

    done = ctl(host, "import", "cpanel", "/root/panel", "--yes")
    try:
        assert (done.code, done.output.splitlines()[-1]) == (0, "changed"), done.error
        assert host.call("GetPolicy")["MailLimits"] == {"DeniedMailUsers": ["nobody"], "HourlyRecipientsPerDomain": 200,
                                                        "SmtpAcceptMax": 77}
        subjects = json.loads(ctl(host, "subject", "--json").output)
        assert {each["Subject"]: each["HourlyRecipients"] for each in subjects} == {"domain:a.test": 30,
                                                                                    "domain:b.test": 70}
    finally:
        for name in ("a.test", "b.test"):
            ctl(host, "subject", "reset", f"domain:{name}")


@pytest.mark.parametrize(("words", "code", "text"), [
    (["csf", "/etc/passwd"], 5, "no csf.conf"),
    (["csf", "/nowhere"], 1, "/nowhere"),
    (["imunify", "/root"], 1, "there is no imunify360-merged.config in it"),
    (["plesk", "/root"], 2, "csf, cpanel or imunify"),
    (["csf"], 2, "FILE or FOLDER"),
])
def test_what_cannot_be_imported_is_said(unchanged, words, code, text):
    done = ctl(unchanged, "import", *words)
    assert (done.code, done.output) == (code, "")
    assert text in done.error
    assert_one_line(done)


# ------------------------------------------------- what programs are given


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_every_answer_comes_as_json_too(unchanged, command):
    done = ctl(unchanged, *command, "--json")
    json.loads(done.output)
    assert done.error == ""


def test_json_is_what_the_bus_says(unchanged):
    for command, member in (("status", "Status"), ("policy", "GetPolicy")):
        on_the_bus = json.loads(json.dumps(unchanged.call(member)))  # JSON's keys are text, those of PortVerdicts numbers
        assert json.loads(ctl(unchanged, command, "--json").output) == on_the_bus


def test_pipes_get_no_colors(host):
    host.enable()
    assert [command for command in READING if "\x1b" in ctl(host, *command).output] == []


@pytest.mark.parametrize("command", [["status"], ["policy"], ["preview"], ["allowed"]], ids=" ".join)
def test_terminals_get_colors(unchanged, command):
    assert "\x1b[" in terminal(unchanged, *command).output


def test_no_color_is_honoured(unchanged):
    assert "\x1b" not in terminal(unchanged, "status", environment=["NO_COLOR=1"]).output
    assert "\x1b" not in terminal(unchanged, "status", "--no-color").output
    assert "\x1b" not in terminal(unchanged, "status", environment=["TERM=dumb"]).output


# ----------------------------------------------------------------- test

RIVAL = """table inet rival {
        chain output { type filter hook output priority 10; tcp dport 465 reject with tcp reset; }
}
"""


@pytest.fixture
def routed(host):
    """With a way to the addresses that are tried, at which nobody answers."""
    host.run("ip", "route", "replace", "192.0.2.0/24", "via", "203.0.113.25")
    yield host
    host.run("ip", "route", "del", "192.0.2.0/24")
    host.run("nft", "delete", "table", "inet", "rival", check=False)


def outcomes(done):
    return {each["Tried"]: (each["Expected"], each["Found"]) for each in json.loads(done.output)}


def test_what_a_user_can_reach_is_what_he_should(routed):
    routed.enable()
    for done in (ctl(routed, "test", "--json"), ctl_as(routed, "tester", "test", "--json")):
        assert done.code == 0, done.output
        results = outcomes(done)
        assert results["port 25, IPv4"] == ("redirected", "redirected")
        assert results["port 465, IPv4"] == results["port 587, IPv6"] == ("refused", "refused")
        assert results["sendmail"] == ("accepted", "accepted")
    assert ctl_as(routed, "tester", "test", "root").code == 2


def test_what_is_in_the_way_is_found(routed):
    routed.ctl("policy", "set", "AllowedUsers=tester")
    routed.enable()
    routed.put("/root/rival.nft", RIVAL)
    routed.run("nft", "-f", "/root/rival.nft")
    done = ctl(routed, "test", "tester", "--json")
    assert done.code == 3
    results = outcomes(done)
    assert results["port 465, IPv4"] == ("let through", "refused")
    assert results["port 25, IPv4"] == ("let through", "let through")


# ---------------------------------------------------------------- pager


def test_only_what_is_longer_than_the_terminal_goes_through_the_pager(unchanged):
    pager = "PAGER=sed 's/^/paged /'"
    long, short = ("--no-color", "preview"), ("is-active",)
    assert "paged " in terminal(unchanged, *long, environment=[pager, "TERMINAL_ROWS=10"]).output
    assert "paged" not in terminal(unchanged, *long, environment=[pager, "TERMINAL_ROWS=2000"]).output
    assert "paged" not in terminal(unchanged, "--no-pager", *long, environment=[pager, "TERMINAL_ROWS=10"]).output
    assert "paged" not in terminal(unchanged, *short, environment=[pager, "TERMINAL_ROWS=10"]).output
    # one that is not there takes nothing away
    assert "table inet" in terminal(unchanged, *long, environment=["PAGER=/nowhere", "TERMINAL_ROWS=10"]).output
    done = unchanged.run("env", pager, "smtp-restrictionsctl", "preview")
    assert "paged" not in done.stdout


# ------------------------------------------------------------ other hosts

# What ssh does on the way there, without the way.
SSH = """#!/bin/sh
echo "$*" >/root/ssh-words
while [ "$1" != -- ]; do shift; done
shift 2
exec "$@"
"""


def test_another_host_is_reached_by_ssh(host):
    host.put("/usr/local/bin/ssh", SSH, 0o755)
    assert ctl(host, "-H", "root@other.test", "is-active").output == "inactive\n"
    words = host.file("/root/ssh-words").read_text().split()
    assert words[words.index("--") + 1:][:2] == ["root@other.test", "systemd-stdio-bridge"]
    done = ctl(host, "--host", "other.test", "limits", "suggest")
    assert done.code == 2
    assert_one_line(done)


# -------------------------------------------------------------- completion

# As readline calls it: what stands behind the last = or : is the word that bash knows.
COMPLETE = r"""
. /usr/share/bash-completion/completions/smtp-restrictionsctl
COMP_LINE=$1 COMP_POINT=${#1}
typed=${1##*[[:blank:]]}
_smtp_restrictionsctl smtp-restrictionsctl "${typed##*[=:]}" ''
printf '%s\n' "${COMPREPLY[@]}"
"""


def completed(host, line, user="root"):
    return host.runas(user, "bash", "-c", COMPLETE, "bash", f"smtp-restrictionsctl {line}").stdout.split()


def test_bash_completes_commands_keys_names_and_ids(host):
    granted = host.ctl("allow", "tester", "--reason", "a ticket").stdout.strip()

    assert completed(host, "pol") == ["policy"]
    assert completed(host, "policy s") == ["set", "show"]
    assert completed(host, "policy set AllowedU") == ["AllowedUsers="]
    assert completed(host, "policy set AllowedUsers+=teste") == ["tester"]
    assert completed(host, "policy set PortVerdicts=25:rej") == ["reject"]
    assert completed(host, "--js") == ["--json"]
    assert completed(host, "allow group:staf") == ["staff"]
    assert completed(host, "apply -f /etc/debian_ver") == ["/etc/debian_version"]
    assert granted in completed(host, "disallow ")
    # nobody is asked for a password, and nothing is told to who may not see it
    assert granted not in completed(host, "disallow ", user="tester")


def test_each_shell_finds_its_completion(unchanged):
    for name in ("bash-completion/completions/smtp-restrictionsctl", "zsh/vendor-completions/_smtp-restrictionsctl",
                 "fish/vendor_completions.d/smtp-restrictionsctl.fish"):
        assert "smtp-restrictionsctl --complete -- " in unchanged.file(f"/usr/share/{name}").read_text()
    assert unchanged.file("/usr/share/zsh/vendor-completions/_smtp-restrictionsctl").read_text().startswith(
        "#compdef smtp-restrictionsctl\n")


# -------------------------------------------------------------- exit codes


def test_masked_service_is_one_and_says_what_to_do(host):
    host.run("systemctl", "mask", "--now", "smtp-restrictions.service")
    done = ctl(host, "status")
    assert done.code == 1
    assert "systemctl unmask smtp-restrictions.service" in done.error
    assert_one_line(done)


def test_missing_bus_is_one_and_says_what_to_do(unchanged):
    done = unchanged.run("env", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere", "smtp-restrictionsctl", "status",
                         check=False)
    assert done.returncode == 1
    assert done.stderr == ("smtp-restrictionsctl: cannot reach the system bus: No such file or directory; "
                           "is dbus.service running?\n")


def test_missing_service_is_one_and_says_what_to_do(bare_host, host):
    bare_host.put("/usr/bin/smtp-restrictionsctl", "")
    bare_host.file("/usr/bin/smtp-restrictionsctl").write_bytes(
        host.file("/usr/bin/smtp-restrictionsctl").read_bytes())
    bare_host.file("/usr/bin/smtp-restrictionsctl").chmod(0o755)
    done = ctl(bare_host, "status")
    assert done.code == 1
    assert "is the package smtp-restrictions installed?" in done.error
    assert_one_line(done)


@pytest.mark.parametrize("command", [[], ["nothing"], ["--nothing"], ["-x"], ["status", "more"], ["policy", "set"],
                                     ["limits", "set"], ["limits", "set", "SmtpAcceptMax"], ["policy", "nothing"],
                                     ["policy", "set", "Observe=yes", "Observe=no"], ["enable", "--json"],
                                     ["apply"], ["status", "--check"], ["import", "csf"],
                                     ["disable", "--port", "25"], ["status", "--strict"]], ids=" ".join)
def test_wrong_use_is_two(unchanged, command):
    done = ctl(unchanged, *command)
    assert (done.code, done.output) == (2, "")
    assert_one_line(done)


@pytest.mark.parametrize("command", [["enable"], ["disable"], ["reload"], ["policy"], ["policy", "set", "Observe=yes"],
                                     ["limits"], ["limits", "set", "RecipientsMax=9"], ["limits", "reset"],
                                     ["preview"], ["verify"], ["allowed"], ["export"]], ids=" ".join)
def test_a_stranger_gets_four(unchanged, command):
    done = ctl_as(unchanged, "tester", *command)
    assert (done.code, done.output) == (4, "")
    assert_one_line(done)


@pytest.mark.parametrize(("word", "text"), [
    ("Observe=maybe", "Observe: 'maybe' is neither yes nor no"),
    ("SmtpAcceptMax=100001", "SmtpAcceptMax: "),
    ("AllowedUsers=nosuchuser", "nosuchuser"),
    ("Nonsense=1", "Nonsense: "),
    ("PortVerdicts=25:drop", "PortVerdicts: "),
])
def test_a_wrong_value_is_five(unchanged, word, text):
    before = unchanged.call("GetPolicy")
    done = ctl(unchanged, "policy", "set", word)
    assert done.code == 5, done.error
    assert text in done.error
    assert_one_line(done)
    assert unchanged.call("GetPolicy") == before


def test_a_broken_exim_is_six_and_the_old_state_holds(host):
    host.enable()
    template = host.file("/etc/exim4/exim4.conf.template")
    template.write_text("nonsense_option = 1\n" + template.read_text())
    done = ctl(host, "policy", "set", "SmtpAcceptMax=50", "AllowedUsers=tester")
    assert done.code == 6, done.error
    assert "nonsense_option" in done.error
    assert_one_line(done)
    assert host.call("GetPolicy")["AllowedUsers"] == []


def test_a_failed_way_back_is_seven(host):
    """The change fails at some rename, and from then on so does every one that the way back needs."""
    assert ctl(host, "policy", "set", "SmtpAcceptMax=50").code == 0  # so that the way back is a rename, too
    codes = []
    while 7 not in codes and len(codes) < 8:
        host.inject(f"rename,renameat,renameat2:error=EIO:when={len(codes) + 1}+")
        done = ctl(host, "policy", "set", f"SmtpAcceptMax={60 + len(codes)}", "AllowedUsers=tester")
        codes.append(done.code)
    assert codes[-1] == 7, codes
    assert set(codes) <= {6, 7}
    assert_one_line(done)


# --------------------------------------------------------------- terminals


def held_connection(host):
    """A connection of tester's to the remote server that stays open."""
    connection = host.popen("nc", "203.0.113.25", "25", user="tester")
    wait_until(lambda: "203.0.113.25:25" in host.out("ss", "-Htn", "state", "established"), what="the connection")
    return connection


def test_enable_asks_first_and_names_who_would_be_cut(host, sink):
    connection = held_connection(host)
    done = terminal(host, "enable", answers=[[QUESTION, "n"]])
    assert (done.code, done.asked) == (1, 1), done.output
    assert "1 open connection of 1 user would be cut: tester (1).\n" in done.output
    assert done.output.endswith("smtp-restrictionsctl: nothing was changed\n")
    assert host.property("Enabled") is False
    connection.kill()


def test_enable_goes_on_after_yes(host):
    done = terminal(host, "enable", answers=[[QUESTION, "y"]])
    assert (done.code, done.asked) == (0, 1), done.output
    assert done.output.endswith("Outgoing SMTP is restricted, now and at every boot.\n")
    assert host.property("Enabled") is True


def test_disable_asks_why_and_for_how_long(host):
    host.enable()
    done = terminal(host, "disable", answers=[["Why? ", "to try it"], ["For how long? ", "30m"]])
    assert (done.code, done.asked) == (0, 2), done.output
    assert "smtp-restrictionsctl confirm" in done.output and "DKIM" in done.output
    assert (host.property("Enabled"), host.property("TryDeadline") > 0) == (False, True)
    assert ctl(host, "cancel").code == 0
    assert host.property("Enabled") is True


def test_an_unanswered_question_changes_nothing(host):
    host.enable()
    done = terminal(host, "disable", answers=[["Why? ", "x"], ["For how long? ", "soon"]])
    assert (done.code, host.property("Enabled")) == (2, True), done.output


def test_disable_for_a_time_comes_back_by_itself(host):
    host.enable()
    # as a unit of its own: what a test runs may write to the journal from "err" on
    done = host.run("systemd-run", "--wait", "--pipe", "--quiet", "smtp-restrictionsctl", "disable", "--for", "30m",
                    "--reason", "moving mail, ticket 7")
    assert done.stdout.strip() == host.call("Status")["Try"]["Id"]
    assert host.property("Enabled") is False
    journal = ("journalctl", "-o", "cat", "-t", "smtp-restrictionsctl")
    wait_until(lambda: "is lifted: moving mail, ticket 7" in host.out(*journal), what="the reason in the journal")
    assert ctl(host, "cancel").code == 0


def test_yes_is_not_asked(host):
    done = terminal(host, "enable", "--yes", answers=[[QUESTION, "n"]])
    assert (done.code, done.asked) == (0, 0), done.output
    assert host.property("Enabled") is True


def test_an_administrator_is_asked_for_the_password_on_a_terminal(host):
    done = terminal(host, "enable", "-y", answers=[PASSWORD], user="admin")
    assert (done.code, done.asked) == (0, 1), done.output
    assert host.property("Enabled") is True


def test_looking_first_is_authorized_as_such(host):
    """The question before enabling needs `inspect`; polkit keeps each action of its own."""
    done = terminal(host, "enable", answers=[PASSWORD, [QUESTION, "y"], PASSWORD], user="admin")
    assert (done.code, done.asked) == (0, 3), done.output
    assert host.property("Enabled") is True


def test_adding_to_a_list_is_authorized_as_looking_and_changing(host):
    done = terminal(host, "policy", "set", "AllowedUsers+=tester", answers=[PASSWORD, PASSWORD], user="admin")
    assert (done.code, done.asked) == (0, 2), done.output
    assert host.call("GetPolicy")["AllowedUsers"] == ["tester"]


def test_the_wrong_password_is_four(host):
    done = terminal(host, "enable", "-y", answers=[["Password: ", "wrong"]], user="admin")
    assert (done.code, done.asked) == (4, 1), done.output
    assert host.property("Enabled") is False


def test_interrupting_the_question_leaves_the_terminal_as_it_was(host):
    done = terminal(host, "enable", "-y", answers=[["Password: ", "\x03"]], user="admin")
    assert (done.code, done.asked) == (-2, 1), done.output
    assert done.echo is True


def test_no_password_is_asked_for_when_not_wanted(unchanged):
    done = terminal(unchanged, "enable", "-y", "--no-ask-password", answers=[PASSWORD], user="admin")
    assert (done.code, done.asked) == (4, 0), done.output


def test_status_asks_nobody_for_a_password(unchanged):
    done = terminal(unchanged, "status", answers=[PASSWORD], user="admin")
    assert (done.code, done.asked) == (3, 0), done.output


def test_no_agent_is_left_behind(host):
    terminal(host, "enable", "-y", answers=[PASSWORD], user="admin")
    terminal(host, "disable", "--yes", answers=[["Password: ", "wrong"]], user="admin")
    wait_until(lambda: host.run("pgrep", "pkttyagent", check=False).returncode == 1, what="the end of the agents")


def test_metrics_are_written_for_the_collector(host):
    host.run("mkdir", "/var/lib/metrics")
    host.put("/etc/smtp-restrictions/metrics.conf", "FOLDER=/var/lib/metrics\n")
    host.enable()
    assert host.reach("tester", REMOTE[0], 465) == "ECONNREFUSED"
    host.run("systemctl", "start", "smtp-restrictions-metrics.service")
    file = host.file("/var/lib/metrics/smtp-restrictions.prom")
    lines = file.read_text().splitlines()
    assert {"smtp_restrictions_up 1", "smtp_restrictions_enforcing 1",
            'smtp_restrictions_attempts_total{verdict="reject"} 1'} <= set(lines)
    assert lines[-1] == "# EOF"
    assert file.stat().st_mode & 0o777 == 0o644


def test_metrics_of_a_service_that_is_gone_say_so(host):
    host.run("systemctl", "mask", "--now", "--runtime", "smtp-restrictions.service")
    done = ctl(host, "metrics")
    assert (done.code, "smtp_restrictions_up 0" in done.output.splitlines()) == (0, True)
