# SPDX-License-Identifier: GPL-2.0-or-later
"""Values with their spread, the table they are printed in, and what a service's process costs."""

import os
import pathlib
import statistics


class Figures:
    """Values of one thing that was measured several times."""

    def __init__(self, values):
        self.values = sorted(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, form="{:.1f}"):
        """The median and, in brackets, where the middle half of the values lies."""
        if len(self.values) == 1:
            return form.format(self.values[0])
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return f"{form.format(self.median)} [{form.format(low)} to {form.format(high)}]"


def pairs(ours, peers, join):
    return Figures(join(a, b) for a, b in zip(ours, peers, strict=True))


class Table:
    """Rows: what, figure with spread, peer's, both compared, bar, met or missed."""

    HEAD = ("", "here", "peer", "peer's", "compared", "bar", "")

    def __init__(self):
        self.rows = []

    def add(self, what, here, peer="", of_peer="", compared="", bar="", met=None):
        verdict = "" if met is None else "met" if met else "MISSED"
        self.rows.append((what, here, peer, of_peer, compared, bar, verdict))

    def print(self):
        rows = [self.HEAD, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.HEAD))]
        for number, row in enumerate(rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))


class Process:
    """A service's process as this machine's /proc shows it: nothing has to run inside to look."""

    def __init__(self, host, unit):
        inside = host.main_pid(unit)
        leader = int(host._testhost("pid", host.name).stdout)
        space = os.readlink(f"/proc/{leader}/ns/pid")
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                if (self._field(status, "NSpid").split()[-1] == str(inside)
                        and os.readlink(status.parent / "ns/pid") == space):
                    self.path = status.parent
                    return
            except (FileNotFoundError, ProcessLookupError):
                continue
        raise AssertionError(f"{unit} does not run")

    @staticmethod
    def _field(status, name):
        for line in status.read_text().splitlines():
            if line.startswith(name + ":"):
                return line.split(":")[1].strip()
        raise FileNotFoundError(status)

    def megabytes(self, name):
        return int(self._field(self.path / "status", name).split()[0]) / 1024

    def switches(self):
        """How often its threads have been woken."""
        return sum(int(self._field(status, "voluntary_ctxt_switches"))
                   + int(self._field(status, "nonvoluntary_ctxt_switches"))
                   for status in self.path.glob("task/*/status"))

    def cpu_ms(self):
        return sum(int(stat.read_text().split()[0]) for stat in self.path.glob("task/*/schedstat")) / 1e6
