#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The remote mail server of the tests: sink.py DIRECTORY [PORT...]

Listens on the ports (25 465 587) on every address, speaks enough SMTP to take any message, and keeps each in
DIRECTORY as NUMBER.json: port, peer, helo, from, to, data, complete. Only refused@ANYTHING is refused, and
later@ANYTHING put off the first time. A message whose connection broke off before the
final dot is kept too, with "complete": false. DIRECTORY/ready appears when all ports are open.
"""

import asyncio
import itertools
import json
import os
import socket
import sys

GREETING = "220 remote.test ESMTP sink"


class Sink:
    def __init__(self, directory):
        self.directory = directory
        self.numbers = itertools.count(1)
        self.put_off = set()

    def keep(self, message):
        name = os.path.join(self.directory, f"{next(self.numbers)}.json")
        with open(name + ".new", "w", encoding="utf-8") as file:
            json.dump(message, file)
        os.rename(name + ".new", name)

    def answer(self, recipient):
        if recipient.startswith("refused@"):
            return "550 5.1.1 nobody here"
        if recipient.startswith("later@") and recipient not in self.put_off:
            self.put_off.add(recipient)
            return "451 4.3.0 later"
        return "250 OK"

    async def read_data(self, reader, message):
        lines = []
        while True:
            line = await reader.readline()
            if line in (b".\r\n", b".\n"):
                message["complete"] = True
                break
            if not line:
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        message["data"] = b"".join(lines).decode("utf-8", "replace")
        self.keep(message)
        return message["complete"]

    async def session(self, reader, writer):
        port = writer.get_extra_info("sockname")[1]
        peer = writer.get_extra_info("peername")[0]
        helo = ""

        def fresh():
            return {"port": port, "peer": peer, "helo": helo, "from": None, "to": [], "data": "", "complete": False}

        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        message = fresh()
        await say(GREETING)
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").strip()
            verb = text.upper()
            if verb.startswith(("EHLO", "HELO")):
                helo = text[5:]
                message = fresh()
                await say("250-remote.test\r\n250-PIPELINING\r\n250 8BITMIME" if verb.startswith("EHLO") else "250 remote.test")
            elif verb.startswith("MAIL FROM:"):
                message = fresh()
                message["from"] = text[10:].split()[0].strip("<>")
                await say("250 OK")
            elif verb.startswith("RCPT TO:"):
                recipient = text[8:].split()[0].strip("<>")
                answer = self.answer(recipient)
                if answer.startswith("2"):
                    message["to"].append(recipient)
                await say(answer)
            elif verb == "DATA" and not message["to"]:
                await say("503 there is nobody")
            elif verb == "DATA":
                await say("354 go on")
                if not await self.read_data(reader, message):
                    return
                message = fresh()
                await say("250 kept")
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 OK")

    async def serve(self, reader, writer):
        try:
            await self.session(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()


async def main():
    directory = sys.argv[1]
    ports = [int(port) for port in sys.argv[2:]] or [25, 465, 587]
    sink = Sink(directory)
    servers = []
    for port in ports:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            servers.append(await asyncio.start_server(sink.serve, address, port, family=family, limit=1 << 22))
    open(os.path.join(directory, "ready"), "w", encoding="utf-8").close()
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
