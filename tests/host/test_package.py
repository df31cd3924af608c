# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: install, upgrade, remove, purge, and what each leaves on the machine."""

import shutil
import subprocess
import threading

import pytest
from booted import METER, NAME, REMOTE

SERVICE = "smtp-restrictions.service"
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y")


def install(host, package):
    shutil.copy(package, host.file("/root"))
    return host.run(*APT, "install", f"/root/{package.name}").stdout


def exim_files(host):
    """Every byte, owner and mode below /etc/exim4, and of its generated configuration."""
    return host.out("sh", "-c", "cd / && find etc/exim4 var/lib/exim4 -type f -exec stat -c '%n %a %U %G' {} + "
                                "-exec sha256sum {} + | sort")


@pytest.fixture
def changed(host, sink):
    """Restricted and with a mail limit; .exim_before is how Exim's files were before."""
    host.exim_before = exim_files(host)
    host.call("SetPolicy", "a{sv}", 2, "AllowedUsers", "as", 1, "admin",
              "MailLimits", "a{sv}", 1, "RecipientsMax", "u", 77)
    host.enable()
    return host


# ------------------------------------------------------------------ install

def test_install_restricts_nothing_and_says_so(bare_host, package):
    text = install(bare_host, package)
    assert "nothing is restricted yet" in text
    assert "smtp-restrictionsctl preview" in text
    assert bare_host.table() == ""


def test_install_leaves_exims_files_alone(bare_host, package):
    before = exim_files(bare_host)
    install(bare_host, package)
    assert exim_files(bare_host) == before


def test_install_enables_its_units(unchanged):
    units = (SERVICE, "smtp-restrictions-boot.service", "smtp-restrictions-ident.socket",
             "smtp-restrictions-meter.socket", "smtp-restrictions-release.path")
    assert unchanged.out("systemctl", "is-enabled", *units) == "\n".join(["enabled"] * len(units))


@pytest.mark.both_debians
def test_install_makes_users_that_cannot_log_in(host):
    for user in ("smtp-restrictions-ident", "smtp-restrictions-meter"):
        entry = host.out("getent", "passwd", user).split(":")
        assert 0 < int(entry[2]) < 1000
        assert entry[6] == "/usr/sbin/nologin"
        assert host.out("getent", "group", user).startswith(f"{user}:x:{entry[3]}:")


def test_no_file_of_another_package_is_changed(changed):
    """dpkg knows the digest of every file that a package brought."""
    done = changed.run("dpkg", "--verify", "exim4-config", "exim4-base", "exim4-daemon-light", check=False)
    assert [line for line in done.stdout.splitlines() if not line.startswith("missing")] == []


# ------------------------------------------------------------------ upgrade

def newer(package, directory):
    """The same package under a higher version."""
    tree = directory / "tree"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    control.write_text("\n".join(f"{line}+next" if line.startswith("Version:") else line for line in lines) + "\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, directory / "next.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    return directory / "next.deb"


def test_upgrade_keeps_policy_rules_and_limits(changed, package, tmp_path):
    before = changed.call("GetPolicy"), changed.table()
    install(changed, newer(package, tmp_path))
    assert (changed.call("GetPolicy"), changed.table()) == before


def test_upgrade_starts_the_new_service(changed, package, tmp_path):
    before = changed.main_pid()
    install(changed, newer(package, tmp_path))
    assert changed.main_pid() not in (0, before)


def test_no_connection_gets_through_while_upgrading(changed, package, tmp_path):
    next_package = newer(package, tmp_path)
    changed.script("probe.py")
    answers, done = [], threading.Event()

    def watch():
        while not done.is_set():
            answers.extend(result["errno"] for result in changed.probe("tester", to=[(REMOTE[0], 465)] * 200))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        install(changed, next_package)
    finally:
        done.set()
        watcher.join()
    assert len(answers) > 200
    assert set(answers) == {"ECONNREFUSED"}


# ------------------------------------------------------------------- remove

def test_remove_lifts_the_restriction(changed):
    changed.run(*APT, "remove", "smtp-restrictions")
    assert changed.table() == ""
    assert changed.reach("tester", REMOTE[0], 465) == "remote"


@pytest.mark.both_debians
def test_remove_gives_exims_files_back(changed):
    changed.run(*APT, "remove", "smtp-restrictions")
    assert exim_files(changed) == changed.exim_before


def test_remove_takes_the_limit_out_of_the_running_exim(changed):
    changed.run(*APT, "remove", "smtp-restrictions")
    assert changed.out("exim", "-bP", "recipients_max") != "recipients_max = 77"
    assert changed.out("systemctl", "is-active", "exim4.service") == "active"


def test_remove_stops_the_service(changed):
    pid = changed.main_pid()
    changed.run(*APT, "remove", "smtp-restrictions")
    assert changed.run("test", "-d", f"/proc/{pid}", check=False).returncode != 0
    assert NAME not in changed.out("busctl", "list", "--activatable", "--acquired")


def test_remove_works_with_exim_broken(changed):
    with changed.file("/etc/exim4/exim4.conf.template").open("a") as template:
        template.write("\nthis is no configuration\n")
    changed.run(*APT, "remove", "smtp-restrictions")
    assert changed.table() == ""


def test_remove_works_without_bus_and_systemd(changed):
    """As in a chroot or a rescue shell: no systemd as PID 1, no bus, but the same kernel's rules."""
    changed.run("systemctl", "stop", SERVICE)
    changed.run("unshare", "--mount", "sh", "-ec",
                "umount -l /run/systemd/system 2>/dev/null || :; mount -t tmpfs none /run; "
                "DEBIAN_FRONTEND=noninteractive dpkg --remove smtp-restrictions")
    assert changed.table() == ""
    assert exim_files(changed) == changed.exim_before


def test_remove_freezes_mail_of_who_is_suspended(changed):
    changed.call("SetMailLimits", "a{sv}", 1, "HourlyRecipientsPerUser", "u", 100)
    changed.call("SuspendSubject", "ss", "user:tester", "hold", interface=METER)
    for user in ("tester", "admin"):
        changed.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "/usr/sbin/sendmail", "-odq",
                    f"{user}@remote.test", input="Subject: x\n\nx\n")
    done = changed.run(*APT, "remove", "smtp-restrictions")
    assert "1 messages of suspended senders are frozen" in done.stdout + done.stderr
    (frozen,) = [line for line in changed.out("mailq").splitlines() if "frozen" in line]
    assert "<tester@" in frozen


def test_remove_keeps_the_policy_for_a_reinstallation(changed):
    changed.run(*APT, "remove", "smtp-restrictions")
    assert changed.file("/etc/smtp-restrictions/policy.json").exists()


# -------------------------------------------------------------------- purge

def left_over(host):
    return host.out("find", "/", "/run", "-xdev", "-not", "-path", "/proc/*", "-not", "-path", "/root/*", "-iname",
                    "*smtp*restrictions*")


@pytest.mark.both_debians
def test_purge_leaves_nothing(changed):
    changed.run(*APT, "purge", "smtp-restrictions")
    assert left_over(changed) == ""


def test_purge_right_after_installation_leaves_nothing(host):
    host.run(*APT, "purge", "smtp-restrictions")
    assert left_over(host) == ""
