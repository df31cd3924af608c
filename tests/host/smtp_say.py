# SPDX-License-Identifier: GPL-2.0-or-later
"""Ask the host's Exim over SMTP what it says to recipients. Runs inside, or in the remote's network.

usage: smtp_say.py ADDRESS [OPTION...] RECIPIENT...   prints a JSON list of "CODE text", "closed" behind a lost connection; of
MAIL only if it is refused

  --auth[=NAME]    log in, as bob
  --from=ADDRESS   another sender
  --data[=COUNT]   send a message, or several; behind the recipients the list has what is said to it
  --wait           greet, print a line, and read one before it asks
"""

import json
import smtplib
import sys


def say(client, recipient):
    try:
        code, text = client.rcpt(recipient)
    except smtplib.SMTPServerDisconnected:
        return "closed"
    return f"{code} {text.decode(errors='replace')}"


def send(client):
    code, text = client.data("Subject: test\r\n\r\nWords.\r\n")
    return f"{code} {text.decode(errors='replace').split(' id=')[0]}"


def main(address, *words):
    options = dict((word[2:] + "=").split("=")[:2] for word in words if word.startswith("--"))
    recipients = [word for word in words if not word.startswith("--")]
    client = smtplib.SMTP(address, 25, "client.example", timeout=20)
    client.ehlo()
    if "auth" in options:
        client.login(options["auth"] or "bob", "secret")
    said = []
    for _ in range(int(options.get("data") or 1)):
        code, text = client.mail(options.get("from", "sender@example.net"))
        if code != 250:
            said.append(f"{code} {text.decode(errors='replace')}")
            continue
        if "wait" in options:
            print("greeted", flush=True)
            sys.stdin.readline()
        answers = [say(client, recipient) for recipient in recipients]
        said += answers
        if "data" in options and any(answer.startswith("250") for answer in answers):
            said.append(send(client))
    print(json.dumps(said))


main(*sys.argv[1:])
