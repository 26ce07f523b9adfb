"""The world outside the mesh, for tests: shops, Telegram's Bot API and webhook receivers on the loopback address.

One event loop in a thread of its own serves any number of addresses. It counts connections, keeps what came with the
moment (`time.monotonic()`), and misbehaves on order.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import hashlib
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable


@dataclasses.dataclass
class Request:
  method: str
  path: str
  headers: dict[str, str]
  body: bytes
  at: float


@dataclasses.dataclass
class Response:
  status: int = 200
  body: bytes | AsyncIterator[bytes] = b""
  headers: dict[str, str] = dataclasses.field(default_factory=dict)

  @staticmethod
  def json(value: object, status: int = 200) -> "Response":
    return Response(status, json.dumps(value).encode(), {"content-type": "application/json"})

  @staticmethod
  def html(text: str) -> "Response":
    return Response(200, text.encode(), {"content-type": "text/html; charset=utf-8"})


Handler = Callable[[Request], Awaitable[Response]]


class Outside:
  """A server. `port` is the same on all of its hosts."""

  def __init__(self, handler: Handler, hosts: tuple[str, ...] = ("127.0.0.1",), port: int = 0):
    self.handler = handler
    self.hosts = hosts
    self.port = port
    self.connections = 0
    self.failures: list[str] = []
    self._loop = asyncio.new_event_loop()
    self._thread = threading.Thread(target=self._loop.run_forever, name="outside", daemon=True)
    self._servers: list[asyncio.Server] = []
    self._tasks: set[asyncio.Task] = set()

  def __enter__(self) -> "Outside":
    self._thread.start()
    asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
    return self

  def __exit__(self, *_):
    async def close():
      for server in self._servers:
        server.close()
      for task in list(self._tasks):
        task.cancel()
      await asyncio.gather(*self._tasks, return_exceptions=True)
    asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
    self._loop.call_soon_threadsafe(self._loop.stop)
    self._thread.join(10)

  async def _listen(self):
    for host in self.hosts:
      server = await asyncio.start_server(self._serve, host, self.port, backlog=1024)
      self.port = server.sockets[0].getsockname()[1]
      self._servers.append(server)

  def call(self, function: Callable[[], object]) -> object:
    """Runs a function on the server's loop, where all that handlers touch belongs."""
    async def run():
      return function()
    return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

  async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
    self.connections += 1
    task = asyncio.current_task()
    self._tasks.add(task)
    try:
      while request := await self._read(reader):
        response = await self.handler(request)
        await self._write(writer, response)
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
      pass
    except Exception as error:  # A test looks at it: a handler that failed proves nothing.
      self.failures.append(repr(error))
    finally:
      self._tasks.discard(task)
      writer.close()

  @staticmethod
  async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
      head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
      return None
    at = time.monotonic()
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, at)

  @staticmethod
  async def _write(writer: asyncio.StreamWriter, response: Response):
    headers = dict(response.headers)
    if isinstance(response.body, bytes):
      headers.setdefault("content-length", str(len(response.body)))
    else:
      headers["transfer-encoding"] = "chunked"
    head = f"HTTP/1.1 {response.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if isinstance(response.body, bytes):
      writer.write(head.encode() + b"\r\n" + response.body)
      await writer.drain()
      return
    writer.write(head.encode() + b"\r\n")
    async for part in response.body:
      writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
      await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


@dataclasses.dataclass
class Message:
  """What Telegram or a webhook accepted."""
  to: str
  text: str
  at: float
  key: str = ""
  body: dict | None = None


class People:
  """Telegram's Bot API under `/bot…` and webhooks under `/hooks/NAME`: everyone whom the mesh tells something."""

  def __init__(self):
    self.messages: list[Message] = []
    self.hooks: list[Message] = []
    self.secrets: dict[str, str] = {}
    self.unsigned: list[str] = []
    # Seconds until an answer, by the request: between acceptance and answer lies what a lost sender repeats.
    self.delay: Callable[[], float] = lambda: 0
    # What becomes of a request instead of being accepted; None accepts.
    self.telegram_answer: Callable[[dict], Response | None] = lambda arguments: None
    self.hook_answer: Callable[[str, Request], Awaitable[Response | None] | None] = lambda name, request: None
    self.attempts: collections.Counter[str] = collections.Counter()
    self._updates: list[dict] = []
    self._next = 1
    self._news = asyncio.Event()

  async def __call__(self, request: Request) -> Response:
    if request.path.startswith("/bot"):
      return await self._bot(request.path.rsplit("/", 1)[1], json.loads(request.body or b"{}"), request)
    return await self._hook(request.path.removeprefix("/hooks/"), request)

  def write(self, chat: int, text: str):
    """A person writes to the bot. On the server's loop."""
    person = {"id": chat, "is_bot": False, "first_name": "Ayşe", "language_code": "tr"}
    self._updates.append({"update_id": self._next, "message": {
        "message_id": self._next, "date": int(time.time()), "text": text, "from": person,
        "chat": {"id": chat, "type": "private", "first_name": "Ayşe"}}})
    self._next += 1
    self._news.set()

  async def _bot(self, method: str, arguments: dict, request: Request) -> Response:
    if method == "getUpdates":
      deadline = time.monotonic() + arguments.get("timeout", 0)
      while True:
        self._updates = [update for update in self._updates if update["update_id"] >= arguments["offset"]]
        if self._updates or time.monotonic() >= deadline:
          return Response.json({"ok": True, "result": self._updates[:arguments.get("limit", 100)]})
        self._news.clear()
        try:
          await asyncio.wait_for(self._news.wait(), max(0, deadline - time.monotonic()))
        except asyncio.TimeoutError:
          pass
    chat = str(arguments["chat_id"])
    self.attempts[f"chat {chat}"] += 1
    refused = self.telegram_answer(arguments)
    if refused is not None:
      return refused
    self.messages.append(Message(chat, arguments["text"], request.at))
    await asyncio.sleep(self.delay())
    return Response.json({"ok": True, "result": {"message_id": len(self.messages)}})

  async def _hook(self, name: str, request: Request) -> Response:
    self.attempts[f"hook {name}"] += 1
    answer = self.hook_answer(name, request)
    if answer is not None and (answer := await answer) is not None:
      return answer
    body = json.loads(request.body)
    if name in self.secrets:
      signed = request.headers["fiyatradari-timestamp"].encode() + b"." + request.body
      expected = "v1=" + hmac.new(self.secrets[name].encode(), signed, hashlib.sha256).hexdigest()
      if not hmac.compare_digest(expected, request.headers["fiyatradari-signature"]):
        self.unsigned.append(name)
    self.hooks.append(Message(name, body.get("text", ""), request.at, request.headers["idempotency-key"], body))
    await asyncio.sleep(self.delay())
    return Response(204)
