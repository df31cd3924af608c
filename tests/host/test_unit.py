# SPDX-License-Identifier: GPL-2.0-or-later
"""The units as systemd and the bus see them: sandbox, activation, reload, boot."""

import re
from pathlib import Path

import pytest
from booted import NAME, OBJECT, REMOTE, wait_until

SERVICE = "smtp-restrictions.service"
BOOT = "smtp-restrictions-boot.service"
CHECK = "smtp-restrictions-check@x.service"
IDENT = "smtp-restrictions-ident.service"
METER = "smtp-restrictions-meter.service"
NOTIFY = "smtp-restrictions-notify.service"


@pytest.fixture
def host(restored):
    return restored


# ------------------------------------------------------------------ sandbox

@pytest.mark.both_debians
@pytest.mark.parametrize(("unit", "exposure_max"), [(SERVICE, 2.2), (BOOT, 1.5), (CHECK, 2.6), (IDENT, 1.5),
                                                      (METER, 1.2), (NOTIFY, 1.2)])
def test_exposure_is_low(unchanged, unit, exposure_max):
    text = unchanged.out("systemd-analyze", "security", unit)
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", text).group(1))
    assert exposure <= exposure_max


@pytest.mark.both_debians
def test_systemd_finds_no_fault_in_the_units(unchanged):
    done = unchanged.run("systemd-analyze", "verify", "--man=no", SERVICE, BOOT, CHECK, IDENT, METER, NOTIFY,
                         "smtp-restrictions-ident.socket", "smtp-restrictions-meter.socket",
                         "smtp-restrictions-release.path", "smtp-restrictions-release.service",
                         "smtp-restrictions-metrics.service", "smtp-restrictions-metrics.timer",
                         "smtp-restrictions-notify.socket", "smtp-restrictions-notify-run.service",
                         "smtp-restrictions-shared.socket", "smtp-restrictions-shared@.service")
    assert (done.stdout + done.stderr).strip() == ""


def test_the_catalog_explains_every_message_id(unchanged):
    header = Path(__file__).resolve().parents[2] / "src" / "util" / "log.h"
    ids = set(re.findall(r'"([0-9a-f]{32})"', header.read_text()))
    listed = {line.split()[0] for line in unchanged.out("journalctl", "--no-pager", "--list-catalog").splitlines()}
    assert len(ids) >= 7
    assert ids <= listed


# --------------------------------------------------------------- activation

def test_it_runs_after_installation(unchanged):
    assert unchanged.out("systemctl", "is-active", SERVICE) == "active"


def test_a_call_starts_it(host):
    host.run("systemctl", "stop", SERVICE)
    assert host.call("Status")["Enabled"] is False


@pytest.mark.both_debians
def test_a_call_of_an_ordinary_user_starts_it(host):
    host.run("systemctl", "stop", SERVICE)
    host.call("Status", user="tester")
    assert host.out("systemctl", "is-active", SERVICE) == "active"


def test_it_is_restarted_when_it_dies(host):
    before = host.main_pid()
    host.run("kill", "-KILL", before)
    wait_until(lambda: host.main_pid() not in (0, before), what="the restart")


@pytest.mark.parametrize("unit", [IDENT, METER])
def test_what_exim_waits_for_is_restarted_however_often_it_dies(unchanged, unit):
    """A socket fails with its service, and then nothing starts that again."""
    assert unchanged.out("systemctl", "show", "-P", "StartLimitIntervalUSec", unit) == "0"


def test_stopping_it_keeps_the_restriction(host, sink):
    host.enable()
    host.run("systemctl", "stop", SERVICE)
    assert host.reach("tester", REMOTE[0], 465) == "ECONNREFUSED"


def test_introspection_shows_the_interface(unchanged):
    text = unchanged.runas("tester", "busctl", "introspect", NAME, OBJECT).stdout
    members = re.findall(r"^\.(\w+)\s+(?:method|property)", text, re.M)
    assert {"Enable", "Disable", "Status", "GetPolicy", "SetPolicy", "ReplacePolicy", "SetMailLimits",
            "ResetMailLimits", "Preview", "Verify", "Reload", "ListAllowed", "Enabled", "Health"} <= set(members)


def test_gdbus_can_call_it(unchanged):
    done = unchanged.run("gdbus", "call", "--system", "--dest", NAME, "--object-path", OBJECT, "--method", f"{NAME}.Status")
    assert "'Enabled': <false>" in done.stdout


# ------------------------------------------------------------------- reload

def test_systemctl_reload_brings_a_written_policy_into_force(host):
    host.enable()
    policy = host.file("/etc/smtp-restrictions/policy.json")
    policy.write_text(policy.read_text().replace('"Observe": false', '"Observe": true'))
    host.run("systemctl", "reload", SERVICE)
    assert host.call("Status")["Observe"] is True


def test_systemctl_reload_fails_with_a_broken_policy(host):
    host.enable()
    host.put("/etc/smtp-restrictions/policy.json", "{")
    assert host.run("systemctl", "reload", SERVICE, check=False).returncode != 0


# --------------------------------------------------------------------- boot

WITNESS = """
[Unit]
DefaultDependencies=no
After=network-pre.target
Before=network.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'nft list table inet smtp_restrictions >/var/witness 2>&1'
[Install]
WantedBy=sysinit.target
"""


@pytest.fixture
def enabled(host, sink):
    host.enable()
    return host


def watch_network_pre(host):
    """A unit that notes what the kernel held when the network might be configured."""
    host.file("/var/witness").unlink(missing_ok=True)
    host.put("/etc/systemd/system/witness.service", WITNESS)
    host.run("systemctl", "enable", "witness.service")


def start_no_daemon(host):
    """What is there after the next boot was done by the boot unit alone."""
    host.run("systemctl", "mask", SERVICE)


@pytest.mark.both_debians
@pytest.mark.parametrize("flushes", [False, True], ids=["alone", "after-nftables-service"])
def test_boot_loads_the_daemons_table_before_the_network(enabled, flushes):
    before = enabled.table()
    if flushes:
        enabled.run("systemctl", "enable", "nftables.service")
    watch_network_pre(enabled)
    start_no_daemon(enabled)
    enabled.reboot()
    assert "table inet smtp_restrictions" in enabled.file("/var/witness").read_text()
    assert enabled.table() == before
    assert {enabled.reach("tester", address, 465) for address in REMOTE} == {"ECONNREFUSED"}


@pytest.mark.both_debians
def test_the_restriction_is_in_force_after_a_power_failure(enabled):
    start_no_daemon(enabled)
    enabled.crash()
    enabled.on()
    assert {enabled.reach("tester", address, 465) for address in REMOTE} == {"ECONNREFUSED"}


def test_boot_without_a_restriction_starts_the_service_and_loads_nothing(host):
    host.reboot()
    assert host.out("systemctl", "is-active", SERVICE) == "active"
    assert host.table() == ""


def test_boot_after_disable_loads_nothing(enabled):
    enabled.call("Disable")
    enabled.reboot()
    assert enabled.table() == ""


@pytest.mark.both_debians
@pytest.mark.parametrize("how", ["restart", "reload"])
def test_the_rules_come_back_when_nftables_service_flushes(enabled, how):
    enabled.run("systemctl", "enable", "--now", "nftables.service")
    enabled.reboot()
    enabled.run("systemctl", how, "nftables.service")
    wait_until(enabled.table, what="the table")


def test_the_rules_come_back_when_nftables_service_is_restarted_before_the_first_reboot(host):
    """The boot unit was there before there was anything to load."""
    host.run("systemctl", "enable", "--now", "nftables.service")
    host.enable()
    host.run("systemctl", "restart", "nftables.service")
    wait_until(host.table, what="the table")


@pytest.mark.both_debians
def test_a_power_off_is_no_failure(boot, disk):
    host = boot(disk)
    host.enable()
    for _ in range(3):
        host.reboot()
    log = host.journal("-u", SERVICE)
    assert log.count("Deactivated successfully") >= 3 and "Failed with result" not in log
