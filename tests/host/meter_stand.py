#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for the mail meter: says what it was told to say. meter_stand.py SOCKET FOLDER

FOLDER/answers has a line "D ok 1000" for each kind of question: what is said to it; a kind that is not there gets no
answer but an open connection. FOLDER/asked gets each question. FOLDER/ready appears when the socket is open.
"""

import asyncio
import os
import sys
from pathlib import Path


async def main(path, folder):
    folder = Path(folder)

    async def serve(reader, writer):
        line = (await reader.readline()).decode()
        with (folder / "asked").open("a") as asked:
            asked.write(line)
        answers = dict(answer.split(" ", 1) for answer in (folder / "answers").read_text().splitlines())
        if line[:1] not in answers:
            await asyncio.sleep(60)
        writer.write(answers[line[0]].encode() + b"\n")
        await writer.drain()
        writer.close()

    Path(path).unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, path)
    os.chmod(path, 0o666)
    (folder / "ready").touch()
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
