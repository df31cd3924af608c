# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: install, upgrade, remove, purge, and what each leaves on the machine."""

import shutil
import subprocess
import threading

import pytest
from booted import METER, NAME, REMOTE, Sink
from test_guard import without_attempts

SERVICE = "smtp-restrictions.service"
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y")


def install(host, package):
    shutil.copy(package, host.file("/root"))
    return host.run(*APT, "install", f"/root/{package.name}").stdout


def exim_files(host):
    """Every byte, owner and mode below /etc/exim4, and of its generated configuration."""
    return host.out("sh", "-c", "cd / && find etc/exim4 var/lib/exim4 -type f -exec stat -c '%n %a %U %G' {} + "
                                "-exec sha256sum {} + | sort")


def change(host):
    """Restrict, and limit mail; .exim_before is how Exim's files were before."""
    host.exim_before = exim_files(host)
    host.call("SetPolicy", "a{sv}", 2, "AllowedUsers", "as", 1, "admin",
              "MailLimits", "a{sv}", 1, "RecipientsMax", "u", 77)
    host.enable()
    return host


@pytest.fixture
def changed(host, sink):
    return change(host)


# Several claims of one thing that takes long: it is done once, by the worker that has the group.
once_installed, once_upgraded, once_removed = (pytest.mark.xdist_group(f"package-{word}")
                                               for word in ("installed", "upgraded", "removed"))


# ------------------------------------------------------------------ install

@pytest.fixture(scope="module")
def installed(boot_for_all, package):
    """.exim_before, and what apt-get said."""
    host = boot_for_all()
    host.exim_before = exim_files(host)
    host.said_at_install = install(host, package)
    return host


@once_installed
def test_install_restricts_nothing_and_says_so(installed):
    assert "nothing is restricted yet" in installed.said_at_install
    assert "smtp-restrictionsctl preview" in installed.said_at_install
    assert installed.table() == ""


@once_installed
def test_install_leaves_exims_files_alone(installed):
    assert exim_files(installed) == installed.exim_before


@once_installed
def test_install_enables_mails_to_the_administrator(installed):
    units = ("smtp-restrictions-notify.service", "smtp-restrictions-notify.socket")
    assert installed.out("systemctl", "is-active", *units) == "active\nactive"
    assert installed.out("systemctl", "is-enabled", *units) == "enabled\nenabled"


def test_install_enables_its_units(unchanged):
    units = (SERVICE, "smtp-restrictions-boot.service", "smtp-restrictions-ident.socket",
             "smtp-restrictions-meter.socket", "smtp-restrictions-release.path", "smtp-restrictions-shared.socket")
    assert unchanged.out("systemctl", "is-enabled", *units) == "\n".join(["enabled"] * len(units))


@pytest.mark.both_debians
def test_install_makes_users_that_cannot_log_in(host):
    for user in ("smtp-restrictions-ident", "smtp-restrictions-meter", "smtp-restrictions-notify", "smtp-restrictions-shared"):
        entry = host.out("getent", "passwd", user).split(":")
        assert 0 < int(entry[2]) < 1000
        assert entry[6] == "/usr/sbin/nologin"
        assert host.out("getent", "group", user).startswith(f"{user}:x:{entry[3]}:")


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


@pytest.fixture(scope="module")
def upgraded(boot_for_all, disk, package, tmp_path_factory):
    """.before: policy, rules and pid; .answers: what tester's connections met meanwhile."""
    host = change(boot_for_all(disk))
    folder = tmp_path_factory.mktemp("upgrade")
    sink = Sink(host, folder)
    next_package = newer(package, folder)
    host.before = host.call("GetPolicy"), host.table(), host.main_pid()
    host.script("probe.py")
    host.answers, done = [], threading.Event()

    def watch():
        while not done.is_set():
            host.answers.extend(result["errno"] for result in host.probe("tester", to=[(REMOTE[0], 465)] * 200))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        install(host, next_package)
    finally:
        done.set()
        watcher.join()
    yield host
    sink.stop()


@once_upgraded
def test_upgrade_keeps_policy_rules_and_limits(upgraded):
    assert (upgraded.call("GetPolicy"), without_attempts(upgraded.table())) == (
        upgraded.before[0], without_attempts(upgraded.before[1]))


@once_upgraded
def test_upgrade_starts_the_new_service(upgraded):
    assert upgraded.main_pid() not in (0, upgraded.before[2])


@once_upgraded
def test_no_connection_gets_through_while_upgrading(upgraded):
    assert len(upgraded.answers) > 200
    assert set(upgraded.answers) == {"ECONNREFUSED"}


@once_upgraded
def test_no_file_of_another_package_is_changed(upgraded):
    """dpkg knows the digest of every file that a package brought."""
    done = upgraded.run("dpkg", "--verify", "exim4-config", "exim4-base", "exim4-daemon-light", check=False)
    assert [line for line in done.stdout.splitlines() if not line.startswith("missing")] == []


# ------------------------------------------------------------------- remove

@pytest.fixture(scope="module")
def removed(boot_for_all, disk, tmp_path_factory):
    """.service_before: its pid."""
    host = change(boot_for_all(disk))
    sink = Sink(host, tmp_path_factory.mktemp("remove"))
    host.service_before = host.main_pid()
    host.run(*APT, "remove", "smtp-restrictions")
    yield host
    sink.stop()


@once_removed
@pytest.mark.both_debians
def test_remove_lifts_the_restriction(removed):
    assert removed.table() == ""
    assert removed.reach("tester", REMOTE[0], 465) == "remote"


@once_removed
@pytest.mark.both_debians
def test_remove_gives_exims_files_back(removed):
    assert exim_files(removed) == removed.exim_before


@once_removed
@pytest.mark.both_debians
def test_remove_takes_the_limit_out_of_the_running_exim(removed):
    assert removed.out("exim", "-bP", "recipients_max") != "recipients_max = 77"
    assert removed.out("systemctl", "is-active", "exim4.service") == "active"


@once_removed
@pytest.mark.both_debians
def test_remove_stops_the_service(removed):
    assert removed.run("test", "-d", f"/proc/{removed.service_before}", check=False).returncode != 0
    assert NAME not in removed.out("busctl", "list", "--activatable", "--acquired")


@once_removed
@pytest.mark.both_debians
def test_remove_keeps_the_policy_for_a_reinstallation(removed):
    assert removed.file("/etc/smtp-restrictions/policy.json").exists()


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
