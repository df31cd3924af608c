# SPDX-License-Identifier: GPL-2.0-or-later
"""One change of policy, kernel and Exim, there and back, and the question whether the host is wholly at one end of it."""

import json

from booted import NAME, OBJECT

LIMIT = 2  # connections that Exim takes at once under the new policy; its default is 20
NEW = ("SetPolicy", "a{sv}", 2, "PortVerdicts", "a{qs}", 1, 25, "reject",
       "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", LIMIT)
OLD = ("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true", "PortVerdicts", "a{qs}", 1, 25, "redirect", 0)

# The call, the one that takes it back, and what the host is afterwards.
DIRECTIONS = {"there": (NEW, OLD, "new"), "back": (OLD, NEW, "old")}

# Asked inside in one go, as each command costs a start.
QUESTIONS = f"""
import json, os, socket, subprocess
def out(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "FAILED " + done.stderr
def read(path):
    return open(path).read() if os.path.exists(path) else ""
policy = json.loads(out("smtp-restrictionsctl", "policy", "show", "--json"))
table = out("nft", "list", "table", "inet", "smtp_restrictions")
clients = [socket.create_connection(("127.0.0.1", 25), 10) for _ in range({LIMIT} + 1)]
greeted = sum(client.recv(100).startswith(b"220") for client in clients)
setting = "smtp_accept_max = {LIMIT}"
new = {{
    "policy": policy["MailLimits"] == {{"SmtpAcceptMax": {LIMIT}}},
    "ports": policy["PortVerdicts"] == {{"25": "reject"}},
    "kernel": "nat_output" not in table,
    "file": setting + "\\n" in read("/etc/exim4/exim4.conf.localmacros"),
    "generated": out("exim4", "-bP", "smtp_accept_max") == setting,
    "running": greeted == {LIMIT},
}}
left = [name for folder in ("/var/lib/smtp-restrictions", "/etc/exim4", "/etc/smtp-restrictions")
        for name in os.listdir(folder) if name.endswith(".smtp-restrictions") or name == "pending.json"]
print(json.dumps({{"new": new, "left": left, "table": bool(table), "verify": out("smtp-restrictionsctl", "verify", "--json"),
                  "exim": out("exim4", "-bV")[:6], "active": out("systemctl", "is-active", "exim4", "smtp-restrictions")}}))
"""


def look(host):
    return json.loads(host.out("python3", "-c", QUESTIONS))


def judge(found):
    """"old" or "new"; fails if it is neither, or if anything is not well. Does not mind what is left behind."""
    assert found["table"] and found["verify"] == "[]", found
    assert found["exim"] != "FAILED" and found["active"] == "active\nactive", found
    assert len(set(found["new"].values())) == 1, found
    return "new" if found["new"]["policy"] else "old"


def ask(host):
    """"old" or "new"; fails if it is neither, or if anything is not well or is left behind."""
    found = look(host)
    assert found["left"] == [], found
    return judge(found)


def ready(host):
    return host.run("busctl", "get-property", NAME, OBJECT, NAME, "Enabled", check=False).returncode == 0
