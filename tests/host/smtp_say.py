# SPDX-License-Identifier: GPL-2.0-or-later
"""Ask the host's Exim over SMTP what it says to recipients. Runs inside, or in the remote's network.

usage: smtp_say.py ADDRESS [--auth] RECIPIENT...   prints a JSON list of "CODE text", "closed" behind a lost connection
       smtp_say.py ADDRESS --wait RECIPIENT...     the same, but greets, prints a line, and reads one before it asks
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


def main(address, *words):
    client = smtplib.SMTP(address, 25, "client.example", timeout=20)
    client.ehlo()
    if "--auth" in words:
        client.login("bob", "secret")
    client.mail("sender@example.net")
    if "--wait" in words:
        print("greeted", flush=True)
        sys.stdin.readline()
    print(json.dumps([say(client, word) for word in words if not word.startswith("--")]))


main(*sys.argv[1:])
