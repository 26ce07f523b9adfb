"""A server that takes everything for right: it answers every HEADERS with status 200 and never objects.

The conformance tests that expect an error must all fail against it.
"""

import argparse
import asyncio
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


import h2raw



async def serve(reader, writer):
  try:
    await reader.readexactly(len(h2raw.PREFACE))
    writer.write(h2raw.frame(h2raw.SETTINGS, 0, 0))
    answered = set()
    while True:
      high, low, kind, flags, stream = struct.unpack(">BHBBI", await reader.readexactly(9))
      payload = await reader.readexactly(high << 16 | low)
      if kind == h2raw.SETTINGS and not flags & h2raw.ACK:
        writer.write(h2raw.frame(h2raw.SETTINGS, h2raw.ACK, 0))
      elif kind == h2raw.PING and not flags & h2raw.ACK:
        writer.write(h2raw.frame(h2raw.PING, h2raw.ACK, 0, payload))
      elif kind == h2raw.HEADERS and stream not in answered:
        answered.add(stream)
        flags = h2raw.END_HEADERS | h2raw.END_STREAM
        block = b"\x20" + b"\x3f\xe1\x1f" + b"\x88"  # the table emptied, set to 4096, then ":status: 200"
        writer.write(h2raw.frame(h2raw.HEADERS, flags, stream & 0x7FFFFFFF, block))
  except (asyncio.IncompleteReadError, ConnectionError):
    writer.close()


async def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("--listen", required=True)
  host, port = parser.parse_args().listen.rsplit(":", 1)
  server = await asyncio.start_server(serve, host, int(port))
  print("listening on %s:%d" % server.sockets[0].getsockname()[:2], flush=True)
  await server.serve_forever()


asyncio.run(main())
