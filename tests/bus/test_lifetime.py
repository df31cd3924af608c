# SPDX-License-Identifier: GPL-2.0-or-later
"""Start, end, and what is in force meanwhile."""

import signal
import subprocess

import pytest
from service import Failed, wait_for

REJECT = "({'PortVerdicts': <{uint16 25: 'reject'}>},)"


def enable(service):
    service.root.call("SetPolicy", REJECT, "(a{sv})")
    service.root.call("Enable")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(service, number):
    service.root.call("Status")
    service.daemon.send_signal(number)
    assert service.daemon.wait(20) == 0


def test_a_waiting_call_does_not_keep_it(service):
    service.polkit.set("silent")
    service.user.start("Enable")
    (question,) = service.polkit.wait_questions(1)

    assert service.stop() == 0
    wait_for(lambda: service.polkit.cancelled == [question["cancellation"]], "polkit is not told")


def test_what_was_in_force_is_so_when_the_name_appears(service):
    enable(service)
    generation = service.root.properties()["Generation"]
    service.stop()

    # a new network namespace: nothing is in the kernel
    service.start()

    properties = service.root.properties()
    assert properties["Enforcing"] and properties["Generation"] == generation
    assert "smtp_restrictions" in service.nft("list", "tables").stdout


def test_it_ends_when_the_bus_goes_away(service):
    service.bus.terminate()
    service.bus.wait(20)
    assert service.daemon.wait(20) == 1


def start_second(service):
    """-> how it ended"""
    process = service.launch()
    try:
        return process.wait(20)
    finally:
        process.kill()
        process.wait()


def test_a_second_service_does_not_touch_the_state(service):
    assert start_second(service) == 1
    service.root.call("Status")


def test_a_second_service_does_not_get_the_name(service):
    for name in ("config", "state", "runtime"):
        folder = service.folder / f"second-{name}"
        folder.mkdir()
        setattr(service, name, folder)

    assert start_second(service) == 1
    assert "Failed to take the bus name" in service.text_of_log()
    service.root.call("Status")


def test_half_a_call_at_the_end_is_told_to_nobody(service):
    """Whoever waits when the service ends gets the bus's word for it."""
    service.polkit.set("silent")
    number = service.user.start("Enable")
    service.polkit.wait_questions(1)
    service.stop()

    with pytest.raises(Failed) as failed:
        service.user.finish(number)
    assert failed.value.name == "org.freedesktop.DBus.Error.NoReply"


def run(service, *options):
    return subprocess.run([service.program, *options], capture_output=True, text=True, timeout=20)


def test_help_and_version(bare_service):
    assert "--boot" in run(bare_service, "--help").stdout
    assert run(bare_service, "--version").stdout.startswith("smtp-restrictions ")


@pytest.mark.parametrize("options", [["--explode"], ["now"], ["--help=yes"]])
def test_wrong_options_are_refused(bare_service, options):
    done = run(bare_service, *options)
    assert done.returncode == 1 and done.stderr
