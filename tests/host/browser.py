# SPDX-License-Identifier: GPL-2.0-or-later
"""Cockpit in a real browser, as tests see it: tests/browser/driver.js does each step, on the network of the host."""

import json
import select
import subprocess
from pathlib import Path

from booted import TESTHOST

TOP = Path(__file__).resolve().parents[2]
PROGRAM = "/usr/bin/chromium"
URL = "http://127.0.0.1:9090"
PAGE = f"{URL}/smtp-restrictions"
SHOTS = TOP / "out/screenshots"
STEP_SECONDS = 150


class Browser:
    def __init__(self, host, modules):
        self.shots = SHOTS / host.environment.get("TESTHOST_SUITE", "")
        self.process = subprocess.Popen([TESTHOST, "netexec", host.name, "env", "HOME=/root", "node",
                                         str(TOP / "tests/browser/driver.js"), str(modules), PROGRAM],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=host.environment)

    def do(self, step, **values):
        self.process.stdin.write(json.dumps({"do": step} | values) + "\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], STEP_SECONDS)[0], f"{step} {values}: no answer"
        answer = json.loads(self.process.stdout.readline() or '{"error": "the browser is gone"}')
        assert "error" not in answer, f"{step} {values}: {answer.get('error')}"
        return answer["value"]

    def open(self, user, path="", administrate=True):
        """Log in and show the page."""
        self.do("open", url=URL)
        self.do("login", user=user, password=user)
        if administrate:
            self.do("administrate", password=user)
        self.open_page(path)

    def open_page(self, path=""):
        self.do("go", url=PAGE + path)
        self.wait(role="tablist")

    def click(self, name, role="button", **where):
        self.do("click", role=role, name=name, **where)

    def fill(self, label, value, **where):
        self.do("fill", label=label, value=value, **where)

    def select(self, label, value, **where):
        self.do("select", label=label, value=value, **where)

    def wait(self, **what):
        self.do("wait", **what)

    def notice(self, title, state="visible", **where):
        """One with this title, which has a word before it for screen readers."""
        self.do("wait", text=title, exact=False, state=state, **where)

    def text(self, **what):
        return self.do("text", **what)

    def card(self, name):
        """What a step is bounded to by within=."""
        return {"role": "region", "name": name}

    def shot(self, name):
        self.shots.mkdir(parents=True, exist_ok=True)
        self.do("shot", path=str(self.shots / f"{name}.png"))

    def _shot(self, name, at):
        if at:
            self.do("scroll", **self.card(at))
        self.shot(name)

    def inspect(self, name, at=None):
        """A state as it has to be: no violation that axe knows, light and dark and on a phone, and nothing to scroll to the
        side there. A picture of each is kept, from the card `at` on."""
        for style in ("light", "dark"):
            self.do("style", style=style)
            assert self.do("dark") is (style == "dark")
            violations = self.do("axe")
            assert violations == [], f"{name}, {style}: {violations}"
            self._shot(f"{name}-{style}", at)
        self.do("style", style="light")
        self.do("size", width=320, height=640)
        try:
            beyond = self.do("beyond")
            assert beyond == [], f"{name}: {beyond}"
            self._shot(f"{name}-phone", at)
        finally:
            self.do("size", width=1100, height=800)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
