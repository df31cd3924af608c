# SPDX-License-Identifier: GPL-2.0-or-later
"""smtp-restrictionsctl limits suggest: on files, without a service and without a bus."""

import json
import os
import subprocess

LIMIT = 60  # seconds


def suggest(*words, **options):
    environment = os.environ | {"TZ": "UTC", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    return subprocess.run([os.environ["CTL"], "limits", "suggest", *words], capture_output=True, text=True,
                          timeout=LIMIT, env=environment, **options)


def lines_of(number, sender, recipients, day=20):
    begin = f"2026-11-{day:02} 08:{number % 60:02}:00 {number:06d}-000001-2M"
    yield f"{begin} <= bob@{sender} H=(c) [203.0.113.9] P=esmtpsa A=plain:bob@{sender} S=100\n"
    for recipient in range(recipients):
        yield f"{begin} => r{recipient}@x.test R=r T=t H=mx [203.0.113.25] C=\"250 OK\"\n"
    yield f"{begin} Completed\n"


def write_log(path):
    """A hundred domains that send one message each, and one of them a lot."""
    with path.open("w") as log:
        for number in range(100):
            log.writelines(lines_of(number, f"d{number}.test", 3 if number else 40))
    return path


def test_files_lead_to_limits_and_to_who_is_above(tmp_path):
    said = suggest("--json", write_log(tmp_path / "mainlog"))
    assert said.returncode == 0, said.stderr

    found = json.loads(said.stdout)
    assert (found["Messages"], found["Recipients"], found["Unparsable"]) == (100, 337, 0)
    limits = {limit["Key"]: limit for limit in found["Limits"]}
    assert list(limits) == ["HourlyRecipientsPerDomain", "DailyRecipientsPerDomain", "HourlyRecipientsPerMailbox",
                            "DailyRecipientsPerMailbox"]
    hourly = limits["HourlyRecipientsPerDomain"]
    assert (hourly["Suggested"], hourly["Senders"], hourly["AboveCount"]) == (3, 100, 1)
    assert hourly["Above"] == [{"Name": "d0.test", "Recipients": 40, "From": 1795161600000000}]


def test_standard_input_is_a_file_and_people_get_a_command(tmp_path):
    said = suggest("-", stdin=write_log(tmp_path / "mainlog").open())
    assert said.returncode == 0, said.stderr
    assert "100 messages from here to 337 recipients" in said.stdout
    assert "smtp-restrictionsctl limits set \\\n        HourlyRecipientsPerDomain=3" in said.stdout


def test_a_log_of_less_than_three_days_is_said_to_be_short(tmp_path):
    log = write_log(tmp_path / "mainlog")
    assert "That is less than 3 days" in suggest(log).stdout
    with log.open("a") as more:
        more.writelines(lines_of(0, "d0.test", 1, day=23))
    said = suggest(log).stdout
    assert "338 recipients" in said and "less than" not in said


def test_what_is_no_log_is_said(tmp_path):
    (tmp_path / "other").write_text("hello\n")
    assert suggest(tmp_path / "other").returncode == 2
    assert "no main log" in suggest(tmp_path / "other").stderr
    assert "No such file" in suggest(tmp_path / "missing").stderr
    assert "zcat" in suggest(tmp_path / "mainlog.2.gz").stderr
