#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""relay.py ADDRESS PORT SOCKET: what connects there is led to a Unix socket, which no network namespace hides."""

import asyncio
import sys


async def pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def main(address, port, path):
    async def serve(reader, writer):
        try:
            there, here = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pass_on(reader, here), pass_on(there, writer))

    server = await asyncio.start_server(serve, address, int(port))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
