# SPDX-License-Identifier: GPL-2.0-or-later
"""The power fails at a random moment of a change: what was not yet on the disk is lost.

The three directories of a change lie in a file system of their own in an image, which writes nothing by itself for
minutes. At the moment the host is frozen and the image copied as it is. The next boot has the copy: policy, kernel,
Exim's files and what the running Exim does are wholly old or wholly new.
"""

import random
import subprocess
import time
from pathlib import Path

import pytest
from booted import NAME, OBJECT, TESTHOST, wait_until
from change import DIRECTIONS, bring, ready
from scenes import STOCK, ask

FOLDERS = ("/etc/smtp-restrictions", "/etc/exim4", "/var/lib/smtp-restrictions")
# Renaming onto another file writes out the new one first, unless noauto_da_alloc forbids such kindness.
OPTIONS = "loop,commit=300,noauto_da_alloc"


def command(*words):
    subprocess.run(list(map(str, words)), check=True, stdin=subprocess.DEVNULL)


class Image:
    def __init__(self, folder):
        self.file, self.lost, self.mounted = folder / "disk.img", folder / "lost.img", folder / "mounted"
        self.mounted.mkdir()
        self.binds = [f"--bind={self.mounted}{path}:{path}" for path in FOLDERS]

    def make(self, root):
        """A file system that holds what root has in FOLDERS, all of it on the disk."""
        command("truncate", "-s", "16M", self.file)
        command("mkfs.ext4", "-qF", self.file)
        self.mount()
        for path in FOLDERS:
            target = Path(f"{self.mounted}{path}")
            target.parent.mkdir(parents=True, exist_ok=True)
            command("cp", "-a", f"{root}{path}", target)
        self.unmount()
        self.mount()

    def mount(self):
        command("mount", "-o", OPTIONS, self.file, self.mounted)

    def unmount(self):
        if self.mounted.is_mount():
            command("umount", self.mounted)

    def copy(self):
        command("cp", "--sparse=always", self.file, self.lost)

    def lose(self):
        """Go on with the copy; mounting it replays its journal."""
        self.unmount()
        self.lost.replace(self.file)
        self.mount()


@pytest.fixture
def image(tmp_path):
    made = Image(tmp_path)
    yield made
    made.unmount()


@pytest.fixture
def imaged(image, boot, disk):
    """A host whose FOLDERS lie in the image."""
    host = boot(disk)
    host.off()
    image.make(host.root)
    host.on(*image.binds)
    yield host
    host.off()


# The end of a trial by time is Cancel's way.
CHANGES = [direction for name, direction in DIRECTIONS.items() if direction.scene is STOCK and name != "over"]


def tasks(group):
    """What its processes do, for whoever has to find out why they do not stop."""
    lines = []
    for procs in group.rglob("cgroup.procs"):
        for pid in procs.read_text().split():
            try:
                status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                              if ":\t" in line)
                stack = Path(f"/proc/{pid}/stack").read_text().split("\n", 4)[:4]
                lines.append(f"{pid} {status['Name']} {status['State']} in {procs.parent.name}: {stack}")
            except OSError:
                continue
    return "\n".join(lines)


def freeze(host):
    """Stop all its processes at once."""
    group = host.cgroup()
    (group / "cgroup.freeze").write_text("1")
    try:
        wait_until(lambda: "frozen 1" in (group / "cgroup.events").read_text(), 20, "the freeze")
    except AssertionError as failure:
        raise AssertionError(f"{failure}; {tasks(group)}") from failure


def start(host, image):
    host.on(*image.binds)
    wait_until(lambda: ready(host), 30, "the service")


def duration(host, now):
    """How long a change takes. The first one after a boot takes longer than others, and it is one each time."""
    begin = time.monotonic()
    bring(host, now, "new" if now == "old" else "old")
    return time.monotonic() - begin


def begin_change(host, direction):
    """The change is asked for; nobody waits for its end."""
    return host.popen("timeout", "60", "busctl", "call", NAME, OBJECT, NAME, *direction.call(host),
                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_a_moment(caller, seconds):
    """Did it end within them, and well?"""
    try:
        return caller.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False


def test_a_change_is_whole_when_the_power_fails(request, imaged, image, outcome):
    host, now = imaged, "old"
    host.call("Enable")
    bring(host, "new", "old")
    host.off()
    start(host, image)
    takes = duration(host, now)
    now = "new"
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)

    for number in range(request.config.getoption("power_losses")):
        direction = moments.choice([one for one in CHANGES if one.begin == now])
        moment = moments.uniform(0, 1.3 * takes)
        caller = begin_change(host, direction)
        replied = wait_a_moment(caller, moment)
        freeze(host)
        image.copy()
        host.crash()
        caller.kill()
        caller.wait()
        image.lose()
        start(host, image)
        print(f"loss {number} of seed {seed}: {moment:.3f} s after the call from {now} to {direction.end}, which takes "
              f"{takes:.3f} s", flush=True)
        now = ask(host)
        assert now in (direction.begin, direction.end)
        # what was answered is durable
        assert not replied or now == direction.end
        outcome(f"power lost, after the next start {'changed' if now == direction.end else 'as before'}")
