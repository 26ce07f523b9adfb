"""Who is told of traces and errors, for tests: an OTLP receiver and a Sentry endpoint, written from their public
protocols (opentelemetry.io/docs/specs/otlp, develop.sentry.dev/sdk/data-model/envelopes). What breaks a protocol is a
failure of the test that holds it."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import json
import re
import time

import outside as outsides

KEY = "5e57ab1e"
PROJECT = "7"
HEX16, HEX32, DIGITS = re.compile("[0-9a-f]{16}"), re.compile("[0-9a-f]{32}"), re.compile("[0-9]+")


@dataclasses.dataclass
class Span:
  service: str
  trace: str
  id: str
  parent: str | None
  name: str
  kind: int
  attributes: dict[str, object]
  failure: str | None


class Watchers:
  """Both receivers at one address. `behaviour` says what becomes of a request, by its kind: "take", "hang", "cut", or a
  status with header fields."""

  def __init__(self):
    self.spans: list[Span] = []
    self.events: list[dict] = []
    # Moments of all requests, taken or not.
    self.asked: dict[str, list[float]] = collections.defaultdict(list)
    self.behaviour: dict[str, object] = {"traces": "take", "errors": "take"}

  async def __call__(self, request: outsides.Request) -> outsides.Response:
    kind = {"/v1/traces": "traces", f"/api/{PROJECT}/envelope/": "errors"}[request.path]
    assert request.method == "POST"
    self.asked[kind].append(time.monotonic())
    what = self.behaviour[kind]
    if what == "hang":
      await asyncio.Event().wait()
    if what == "cut":
      raise ConnectionError
    if what != "take":
      status, headers = what
      return outsides.Response(status, b"", dict(headers))
    if kind == "traces":
      self.spans += list(read_traces(request))
      return outsides.Response.json({})
    self.events.append(read_envelope(request))
    return outsides.Response.json({"id": self.events[-1]["event_id"]})

  def of(self, trace: str) -> list[Span]:
    return [span for span in list(self.spans) if span.trace == trace]


def value_of(value: dict) -> object:
  """An `AnyValue` in JSON."""
  (kind, content), = value.items()
  if kind == "intValue":
    assert isinstance(content, str) and re.fullmatch("-?[0-9]+", content), value
    return int(content)
  assert kind == "stringValue" and isinstance(content, str), value
  return content


def attributes_of(holder: dict) -> dict[str, object]:
  pairs = [(entry["key"], value_of(entry["value"])) for entry in holder.get("attributes", [])]
  assert len(dict(pairs)) == len(pairs), f"an attribute is told twice: {pairs}"
  return dict(pairs)


def read_traces(request: outsides.Request):
  """The spans of an `ExportTraceServiceRequest` in JSON."""
  assert request.headers["content-type"] == "application/json"
  body = json.loads(request.body)
  assert set(body) == {"resourceSpans"}
  for resource in body["resourceSpans"]:
    service = attributes_of(resource["resource"])["service.name"]
    for scope in resource["scopeSpans"]:
      assert scope["scope"]["name"]
      for span in scope["spans"]:
        assert HEX32.fullmatch(span["traceId"]) and HEX16.fullmatch(span["spanId"]) and span["name"], span
        assert span["kind"] in range(1, 6), span
        assert DIGITS.fullmatch(span["startTimeUnixNano"]) and DIGITS.fullmatch(span["endTimeUnixNano"]), span
        start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        assert start <= end <= time.time_ns() + 1_000_000_000 and end - start < 3600 * 10**9, span
        assert end > time.time_ns() - 3600 * 10**9, span
        status = span.get("status", {})
        assert status.get("code", 0) in (0, 1, 2), span
        parent = span.get("parentSpanId")
        assert parent is None or HEX16.fullmatch(parent), span
        yield Span(service, span["traceId"], span["spanId"], parent, span["name"], span["kind"], attributes_of(span),
                   status.get("message") if status.get("code") == 2 else None)


def read_envelope(request: outsides.Request) -> dict:
  """The one event of an envelope."""
  assert request.headers["content-type"] == "application/x-sentry-envelope"
  scheme, _, fields = request.headers["x-sentry-auth"].partition(" ")
  fields = dict(field.strip().split("=", 1) for field in fields.split(","))
  assert scheme == "Sentry" and fields["sentry_version"] == "7" and fields["sentry_key"] == KEY, fields
  assert fields["sentry_client"].startswith("fiyatradari/")
  line, _, rest = request.body.partition(b"\n")
  header = json.loads(line)
  line, _, rest = rest.partition(b"\n")
  item = json.loads(line)
  payload, end = rest[:item["length"]], rest[item["length"]:]
  assert item["type"] == "event" and end in (b"", b"\n") and len(payload) == item["length"]
  event = json.loads(payload)
  assert HEX32.fullmatch(event["event_id"]) and header["event_id"] == event["event_id"]
  assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", header["sent_at"])
  assert event["level"] in ("fatal", "error", "warning", "info", "debug")
  assert event["platform"] == "other" and event["release"].startswith("fiyatradari@") and event["environment"]
  assert all(value["type"] and value["value"] for value in event["exception"]["values"])
  trace = event["contexts"].get("trace")
  assert trace is None or HEX32.fullmatch(trace["trace_id"]) and HEX16.fullmatch(trace["span_id"])
  return event


def settings(port: int, ratio: str = "1") -> dict[str, str]:
  """What a service needs to tell both."""
  return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_TRACES_SAMPLER_ARG": ratio,
          "SENTRY_DSN": f"http://{KEY}@127.0.0.1:{port}/{PROJECT}", "SENTRY_ENVIRONMENT": "tests"}
