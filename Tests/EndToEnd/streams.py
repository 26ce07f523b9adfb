"""A client of server-sent events, as a browser's EventSource reads them."""

import http.client
import json
import threading
import time

from meshes import eventually


class Event:
    def __init__(self, number, kind, data):
        self.id, self.kind, self.data, self.at = number, kind, data, time.monotonic()

    @property
    def json(self):
        return json.loads(self.data)


class EventStream:
    """Reads a stream in a thread of its own until it ends or is closed."""

    def __init__(self, port, path="/v1/deals/stream", last=None, headers=None):
        headers = {"Accept": "text/event-stream", **(headers or {})}
        if last:
            headers["Last-Event-ID"] = last
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.events, self.last_id, self.comments, self.retry = self.response.status, [], last, 0, None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        if self.status == 200:
            self.thread.start()
        else:
            self.body = self.response.read()

    def _read(self):
        kind, data = "message", []
        try:
            while line := self.response.readline():
                line = line.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif not line:
                    if data:
                        self.events.append(Event(self.last_id, kind, "\n".join(data)))
                    kind, data = "message", []
                elif name == "id":
                    self.last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data.append(value)
                elif name == "retry":
                    self.retry = int(value)
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # closed, by us or by the gateway
        self.ended.set()

    @property
    def ids(self):
        return [event.id for event in self.events]

    def wait(self, wanted, what, seconds=30):
        """The first event that is as wanted."""
        return eventually(what, lambda: next((event for event in list(self.events) if wanted(event)), None), seconds)

    def started(self):
        eventually("the stream has begun", lambda: self.retry is not None)
        return self

    def close(self):
        if self.connection.sock:
            self.connection.sock.shutdown(2)
        self.ended.wait(10)
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
