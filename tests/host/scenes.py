# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts with a policy, and the question in which state they are: wholly in the old, the new, or the one on trial."""

import json
import subprocess
import sys

from booted import NAME, OBJECT

LIMIT = 2  # connections that Exim takes at once under the new policy; its default is 20
TRIAL_RECORD = "/var/lib/smtp-restrictions/try.json"
SERVICE = "smtp-restrictions.service"

# Asked inside in one go, as each command costs a start. `new` comes from the scene: each of its values is true in the new
# state and false in the old one, or some text.
BEGIN = f"""
import json, os, pwd, socket, subprocess
def out(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "FAILED " + done.stderr
def read(path):
    return open(path).read() if os.path.exists(path) else ""
def either(value, new, old):
    return True if value == new else False if value == old else repr(value)
def greeted():
    clients = [socket.create_connection(("127.0.0.1", 25), 10) for _ in range({LIMIT} + 1)]
    return sum(client.recv(100).startswith(b"220") for client in clients)
left = [name for folder in ("/var/lib/smtp-restrictions", "/etc/exim4", "/etc/smtp-restrictions", "/etc/smtp-restrictions/exim")
        if os.path.exists(folder)
        for name in os.listdir(folder) if name.endswith(".smtp-restrictions") or name == "pending.json"]
policy = json.loads(out("smtp-restrictionsctl", "policy", "show", "--json"))
trial = out("busctl", "get-property", "{NAME}", "{OBJECT}", "{NAME}", "TryDeadline") != "t 0"
table = out("nft", "list", "table", "inet", "smtp_restrictions")
"""
END = f"""
recorded = os.path.exists("{TRIAL_RECORD}")
if recorded and not trial:
    left.append("try.json")
print(json.dumps({{"new": new, "left": left, "trial": trial, "recorded": recorded, "table": bool(table),
                  "verify": subprocess.run(["smtp-restrictionsctl", "verify", "--json"], stdout=-1, text=True).stdout.strip(),
                  "exim": out("exim4", "-bV")[:6], "active": out("systemctl", "is-active", "exim4", "{SERVICE}")}}))
"""
POLICY = """
    "policy": bool(policy["MailLimits"]),
    "ports": policy["PortVerdicts"] == {"25": "reject"},
    "kernel": "nat_output" not in table,
"""


class Scene:
    """Exim in Debian's one file, and its limits."""

    new = f"""
setting = "smtp_accept_max = {LIMIT}"
new = {{{POLICY}
    "limits": policy["MailLimits"] in ({{}}, {{"SmtpAcceptMax": {LIMIT}}}) and bool(policy["MailLimits"]),
    "file": setting + "\\n" in read("/etc/exim4/exim4.conf.localmacros"),
    "generated": out("exim4", "-bP", "smtp_accept_max") == setting,
    "running": either(greeted(), {LIMIT}, {LIMIT} + 1),
}}
"""
    # from one state to the next by these directions
    ways = {
        ("old", "new"): ["there"], ("old", "trial"): ["try"],
        ("new", "old"): ["back"], ("new", "trial"): ["back", "try"],
        ("trial", "old"): ["cancel"], ("trial", "new"): ["confirm"],
    }  # fmt: skip

    def set_up(self, host):
        """On a fresh host with the policy enabled."""

    def look(self, host):
        return json.loads(host.out("python3", "-c", BEGIN + self.new + END))


class Auth(Scene):
    """RequireAuth: a pointer in Debian's one file, and the ACL files that it names. A remote client may relay, by address."""

    new = f"""
macros, folder = read("/etc/exim4/exim4.conf.localmacros"), "/etc/smtp-restrictions/exim/"
new = {{{POLICY}
    "limits": policy["MailLimits"] in ({{}}, {{"SmtpAcceptMax": {LIMIT}, "RequireAuth": True}}) and bool(policy["MailLimits"]),
    "file": "smtp_accept_max = {LIMIT}\\n" in macros,
    "pointer": "MAIN_ACL_CHECK_RCPT" in macros,
    "generated": either(out("exim4", "-bP", "smtp_accept_max"), "smtp_accept_max = {LIMIT}", "smtp_accept_max = 20"),
    "acl": either(out("exim4", "-bP", "acl_smtp_rcpt").split(" ")[2].startswith(folder), True, False),
}}
"""
    ways = {("old", "new"): ["auth-there"], ("new", "old"): ["auth-back"]}
    # by the remote client: the greetings, and what a recipient that is not here hears
    client = f"""
import json, smtplib, socket
clients = [socket.create_connection(("203.0.113.1", 25), 10) for _ in range({LIMIT} + 1)]
greetings = [client.recv(100)[:3].decode() for client in clients]
smtp = smtplib.SMTP()
smtp.sock, smtp.file = clients[0], None
smtp.ehlo("client.example")
smtp.mail("sender@example.net")
print(json.dumps([greetings, smtp.rcpt("a@remote.test")[1].decode()]))
"""
    authenticator = """
plain_server:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{eq{$auth2}{bob}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  server_prompts = :
"""

    def set_up(self, host):
        host.run("sed", "-i", "-e", "s/^dc_local_interfaces=.*/dc_local_interfaces=''/",
                 "-e", "s/^dc_relay_nets=.*/dc_relay_nets='203.0.113.25'/", "/etc/exim4/update-exim4.conf.conf")
        template = host.file("/etc/exim4/exim4.conf.template")
        template.write_text(template.read_text().replace("begin authenticators\n",
                                                         f"begin authenticators\n{self.authenticator}", 1))
        host.reload_exim()

    def look(self, host):
        remote = host.popen_remote(sys.executable, "-c", self.client, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        greetings, heard = json.loads(remote.communicate(timeout=30)[0])
        found = super().look(host)
        found["new"]["running"] = {("220", "220", "421"): True, ("220", "220", "220"): False}.get(tuple(greetings), greetings)
        found["new"]["heard"] = {"5.7.1 authentication required": True, "Accepted": False}.get(heard, heard)
        return found


class Meter(Scene):
    """A limit that the mail meter holds: pointers of three kinds, what they point to, and what the meter is told."""

    limits = ("SmtpAcceptMax", "u", LIMIT, "HourlyRecipientsPerUser", "u", 1000)
    new = f"""
folder, told = "/etc/smtp-restrictions/exim/", "/etc/smtp-restrictions/meter.json"
asked = {{name: out("exim4", "-bP", name).partition("= ")[2] for name in ("acl_smtp_data", "acl_not_smtp", "hold_domains")}}
names = {{"SmtpAcceptMax": {LIMIT}, "HourlyRecipientsPerUser": 1000}}
new = {{{POLICY}
    "limits": policy["MailLimits"] in ({{}}, names) and bool(policy["MailLimits"]),
    "data": either(asked["acl_smtp_data"].startswith(folder + "data"), True, False),
    "program": either(asked["acl_not_smtp"].startswith(folder + "notsmtp") or asked["acl_not_smtp"], True, ""),
    "hold": either("/run/smtp-restrictions-meter.socket" in asked["hold_domains"] or asked["hold_domains"], True, ""),
    "running": either(greeted(), {LIMIT}, {LIMIT} + 1),
}}
if new["policy"]:
    new["files"] = all(os.path.exists(asked[name]) for name in ("acl_smtp_data", "acl_not_smtp"))
    new["told"] = json.loads(read(told) or "{{}}").get("limits") == {{"HourlyRecipientsPerUser": 1000}}
elif os.path.exists(told):
    left.append(told)
"""
    ways = {("old", "new"): ["meter-there"], ("new", "old"): ["meter-back"]}


class Single(Scene):
    """A main file written by hand that includes two others; each of the three sets an option that is limited."""

    main, more, other = "/etc/exim4/exim4.conf", "/etc/exim4/more", "/etc/exim4/other"
    limits = ("SmtpAcceptMax", "u", LIMIT, "RecipientsMax", "u", 9, "SmtpAcceptQueue", "u", 1)
    new = f"""
def edited(path, line):
    text = read(path)
    return False if text == read("/root" + path) else True if "\\n" + line + "\\n" in text else text[:500]
remembered = "/var/lib/smtp-restrictions/exim-files"
names = {{"SmtpAcceptMax": {LIMIT}, "RecipientsMax": 9, "SmtpAcceptQueue": 1}}
new = {{{POLICY}
    "limits": policy["MailLimits"] in ({{}}, names) and bool(policy["MailLimits"]),
    "main": edited("{main}", "smtp_accept_queue = 1"),
    "more": edited("{more}", "smtp_accept_max = {LIMIT}"),
    "other": edited("{other}", "recipients_max = 9"),
    "read": either([line.split(" = ")[1] for line in out("exim4", "-bP", "smtp_accept_max", "recipients_max",
                                                         "smtp_accept_queue").splitlines()],
                   ["{LIMIT}", "9", "1"], ["7", "50", "1000"]),
    "running": either(greeted(), {LIMIT}, {LIMIT} + 1),
}}
if new["policy"]:
    new["remembered"] = all(path in read(remembered) for path in ("{more}", "{other}"))
elif os.path.exists(remembered):
    left.append(remembered)
"""
    ways = {("old", "new"): ["single-there"], ("new", "old"): ["single-back"]}

    def set_up(self, host):
        host.run("cp", "-p", "/var/lib/exim4/config.autogenerated", self.main)
        main = host.file(self.main)
        main.write_text(f".include {self.more}\nsmtp_accept_queue = 1000\n.include_if_exists {self.other}\n{main.read_text()}")
        host.put(self.more, "# some\nsmtp_accept_max = \\\n 7\n")
        host.put(self.other, "recipients_max = 50\n")
        host.run("sh", "-c", f"mkdir -p /root/etc/exim4; cp -a {self.main} {self.more} {self.other} /root/etc/exim4")
        host.reload_exim()


class Exceptions(Scene):
    """An exception comes and goes beside another one that asks the same question: only its elements change."""

    new = """
def reaches():
    if os.fork() == 0:
        user = pwd.getpwnam("tester")
        os.setgroups([])
        os.setresgid(*[user.pw_gid] * 3)
        os.setresuid(*[user.pw_uid] * 3)
        with socket.socket() as client:
            client.settimeout(10)
            os._exit(client.connect_ex(("203.0.113.25", 587)))
    return os.waitstatus_to_exitcode(os.wait()[1])
entries = json.loads(out("smtp-restrictionsctl", "--json", "exceptions"))
recorded = json.loads(read("/var/lib/smtp-restrictions/exceptions.json"))["Exceptions"]
both, one = ["user:admin", "user:tester"], ["user:admin"]
new = {
    "listed": either([entry["Subject"] for entry in entries], both, one),
    "recorded": either([entry["Subject"] for entry in recorded], both, one),
    "reaches": either(reaches(), 0, 111),
}
"""
    ways = {("old", "new"): ["exception-there"], ("new", "old"): ["exception-back"]}

    def set_up(self, host):
        host.call(*self.add("admin"))

    @staticmethod
    def add(user):
        return ("AddException", "a{sv}", 3, "Subject", "s", f"user:{user}", "Ports", "aq", 1, 587, "Reason", "s", "test")

    @staticmethod
    def remove(host):
        return ("RemoveException", "s", json.loads(host.out("smtp-restrictionsctl", "--json", "exceptions"))[-1]["Id"])


STOCK, AUTH, METER, SINGLE, EXCEPTIONS = Scene(), Auth(), Meter(), Single(), Exceptions()


def judge(found):
    """"old", "new", or "trial": new until somebody confirms it. Fails if it is none of them, or if anything is not well.
    Does not mind what is left behind."""
    assert found["table"] and found["verify"] == "[]", found
    assert found["exim"] != "FAILED" and found["active"] == "active\nactive", found
    states = list(found["new"].values())
    assert states in ([True] * len(states), [False] * len(states)), found
    if not found["trial"]:
        return "new" if states[0] else "old"
    assert states[0] and found["recorded"], found
    return "trial"


def ask(host, scene=STOCK):
    """The state; fails if anything is left behind, too."""
    found = scene.look(host)
    assert found["left"] == [], found
    return judge(found)
