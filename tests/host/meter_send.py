# SPDX-License-Identifier: GPL-2.0-or-later
"""Give Exim messages in every way that there is; runs inside a host, as who sends.

usage: meter_send.py JSON   a list of {"way", "from", "to": [...]} and, where they apply, "helo", "auth" (account),
                            "address", "times"; prints a JSON list: for each message "accepted" or why not

ways: "args" (recipients as arguments), "-t", "-bs", "-bS" (a program), "data", "bdat" (a connection), "data-gone",
"bdat-gone" (one that is closed as soon as the message is out: what came of it is in Exim's log alone, here "gone").
Texts are latin-1, so that every byte can be sent.
"""

import base64
import json
import socket
import subprocess
import sys

SENDMAIL = "/usr/sbin/sendmail"
PASSWORD = "secret"


def body(message):
    return f"To: {', '.join(message['to'])}\nSubject: x\n\ntext\n".encode("latin-1")


def run(arguments, text):
    done = subprocess.run([SENDMAIL, *arguments], input=text, capture_output=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def by_program(message):
    """-oep: what is refused is said, rather than mailed to the sender."""
    sender = ["-oep", "-oi", "-f", message["from"].encode("latin-1")]
    recipients = ["-t"] if message["way"] == "-t" else ["--", *message["to"]]
    status, said = run(sender + recipients, body(message))
    return "accepted" if status == 0 else said.decode("latin-1").strip()


def by_batch(message):
    lines = [f"MAIL FROM:<{message['from']}>", *(f"RCPT TO:<{one}>" for one in message["to"]), "DATA"]
    text = "\n".join(lines).encode("latin-1") + b"\n" + body(message) + b".\n"
    status, said = run(["-bS"], text)
    return "accepted" if status == 0 else said.decode("latin-1").strip()


class Pipe:
    """SMTP with a program that is started for it."""

    def __init__(self):
        self.process = subprocess.Popen([SENDMAIL, "-bs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = self.process.stdout

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection((address, 25), timeout=30)
        self.reader = self.socket.makefile("rb")

    def write(self, data):
        self.socket.sendall(data)


class Refused(Exception):
    pass


class Session:
    def __init__(self, way, helo, auth, address):
        self.channel = Pipe() if way == "-bs" else Connection(address)
        self.read("2")
        self.say(f"EHLO {helo}", "2")
        if auth is not None:
            token = base64.b64encode(b"\0" + auth.encode("latin-1") + b"\0" + PASSWORD.encode()).decode()
            self.say(f"AUTH PLAIN {token}", "2")

    def read(self, good):
        lines = []
        while True:
            line = self.channel.reader.readline().decode("latin-1")
            if not line:
                raise Refused("closed")
            lines.append(line[4:].strip())
            if line[3:4] != "-":
                break
        if line[0] not in good:
            raise Refused(f"{line[:3]} {' '.join(lines)}")

    def say(self, line, good):
        self.channel.write(line.encode("latin-1") + b"\r\n")
        self.read(good)

    def send_and_close(self, message):
        """No answer is waited for that Exim does not insist on."""
        text = body(message).replace(b"\n", b"\r\n")
        begin = [f"MAIL FROM:<{message['from']}>", *(f"RCPT TO:<{one}>" for one in message["to"])]
        if message["way"] == "bdat-gone":
            lines = "".join(f"{line}\r\n" for line in [*begin, f"BDAT {len(text)} LAST"])
            self.channel.write(lines.encode("latin-1") + text)
        else:
            for line in begin:
                self.say(line, "2")
            self.say("DATA", "3")
            self.channel.write(text + b".\r\n")
        self.channel.reader.close()
        self.channel.socket.close()
        return "gone"

    def send(self, message):
        try:
            self.say(f"MAIL FROM:<{message['from']}>", "2")
            for recipient in message["to"]:
                self.say(f"RCPT TO:<{recipient}>", "2")
            text = body(message).replace(b"\n", b"\r\n")
            if message["way"] == "bdat":
                self.channel.write(f"BDAT {len(text)} LAST\r\n".encode() + text)
            else:
                self.say("DATA", "3")
                self.channel.write(text + b".\r\n")
            self.read("2")
        except Refused as refused:
            if str(refused) != "closed":
                self.say("RSET", "2")
            return str(refused)
        return "accepted"


def main(messages):
    sessions, said = {}, []
    for message in messages:
        for _ in range(message.get("times", 1)):
            if message["way"] in ("args", "-t"):
                said.append(by_program(message))
            elif message["way"] == "-bS":
                said.append(by_batch(message))
            else:
                key = (message["way"] == "-bs", message.get("helo", "client.example"), message.get("auth"),
                       message.get("address", "127.0.0.1"))
                try:
                    if message["way"].endswith("-gone"):
                        said.append(Session("", *key[1:]).send_and_close(message))
                        continue
                    if key not in sessions:
                        sessions[key] = Session("-bs" if key[0] else "", *key[1:])
                    said.append(sessions[key].send(message))
                except (Refused, OSError) as error:
                    sessions.pop(key, None)
                    said.append(f"{type(error).__name__}: {error}")
    print(json.dumps(said))


main(json.loads(sys.argv[1]))
