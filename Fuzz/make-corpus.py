#!/usr/bin/env python3
"""Writes the seed inputs of the fuzz targets: Fuzz/*/corpus. Run it after changing what a target's input means."""

from __future__ import annotations

import gzip
import pathlib
import shutil
import struct
import zlib

ROOT = pathlib.Path(__file__).parent


def write(folder: str, seeds: dict[str, bytes]) -> None:
  corpus = ROOT / folder / "corpus"
  shutil.rmtree(corpus, ignore_errors=True)
  corpus.mkdir(parents=True)
  for name, data in seeds.items():
    (corpus / name).write_bytes(data)


# HTTP/2 ------------------------------------------------------------------------------------------------------------

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, ACK = 1, 4, 8, 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
  return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name: bytes, value: bytes) -> bytes:
  """A header field without indexing (RFC 7541 §6.2.2), lengths below 127."""
  return bytes([0, len(name)]) + name + bytes([len(value)]) + value


def fields(*pairs: tuple[bytes, bytes]) -> bytes:
  return b"".join(literal(name, value) for name, value in pairs)


REQUEST = fields(
  (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/fiyatradari.bench.v1.Echo/Unary"),
  (b":authority", b"localhost"), (b"content-type", b"application/grpc"), (b"te", b"trailers"))
RESPONSE = fields((b":status", b"200"), (b"content-type", b"application/grpc"))
TRAILERS = fields((b"grpc-status", b"0"))
BODY = b"\x00\x00\x00\x00\x07\x0a\x05hello"


def http2(role: int, answer: int, piece: int, *frames: bytes, preface: bool = True) -> bytes:
  """`piece` is the binary logarithm of the size in which bytes arrive."""
  return bytes([role | int(preface) << 1 | answer << 2 | piece << 4]) + b"".join(frames)


def http2_seeds() -> dict[str, bytes]:
  call = [frame(HEADERS, END_HEADERS, 1, REQUEST), frame(DATA, END_STREAM, 1, BODY)]
  reply = [frame(HEADERS, END_HEADERS, 1, RESPONSE), frame(DATA, 0, 1, BODY),
           frame(HEADERS, END_HEADERS | END_STREAM, 1, TRAILERS)]
  seeds = {f"server-call-{answer}": http2(0, answer, 12, *call) for answer in range(4)}
  seeds |= {f"client-reply-{answer}": http2(1, answer, 12, *reply) for answer in range(4)}
  seeds["server-call-in-bytes"] = http2(0, 0, 0, *call)
  seeds["server-call-in-pieces"] = http2(0, 0, 3, *call)
  seeds["server-preface"] = http2(0, 0, 12, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frame(SETTINGS, 0, 0), *call,
                                  preface=False)
  seeds["server-padded"] = http2(
    0, 0, 12, frame(HEADERS, END_HEADERS | PADDED, 1, b"\x04" + REQUEST + bytes(4)),
    frame(DATA, END_STREAM | PADDED, 1, b"\x08" + BODY + bytes(8)))
  seeds["server-continuation"] = http2(
    0, 0, 12, frame(HEADERS, 0, 1, REQUEST[:20]), frame(CONTINUATION, 0, 1, REQUEST[20:40]),
    frame(CONTINUATION, END_HEADERS, 1, REQUEST[40:]), frame(DATA, END_STREAM, 1, BODY))
  seeds["server-indexed"] = http2(
    0, 0, 12, frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x83\x86\x84\x41\x01a\x40\x01b\x01c"),
    frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x83\x86\x84\xbf\xbe\x20"))
  seeds["server-trailers"] = http2(
    0, 0, 12, frame(HEADERS, END_HEADERS, 1, REQUEST), frame(DATA, 0, 1, BODY),
    frame(HEADERS, END_HEADERS | END_STREAM, 1, fields((b"x-checksum", b"1"))))
  seeds["server-reset"] = http2(
    0, 0, 12, *[frame(HEADERS, END_HEADERS, n, REQUEST) + frame(RST_STREAM, 0, n, struct.pack(">I", 8))
                for n in (1, 3, 5, 7)])
  seeds["server-windows"] = http2(
    0, 0, 12, frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 1, 1, 0)), call[0], frame(DATA, 0, 1, BODY),
    frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 3)), frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 20)),
    frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)), frame(DATA, END_STREAM, 1, BODY))
  seeds["server-zero-window"] = http2(0, 0, 12, frame(WINDOW_UPDATE, 0, 0, bytes(4)))
  seeds["server-control"] = http2(
    0, 0, 12, frame(PING, 0, 0, bytes(8)), frame(SETTINGS, ACK, 0), frame(PRIORITY, 0, 1, b"\x00\x00\x00\x03\x10"),
    frame(0x21, 0, 0, b"unknown"), frame(PING, ACK, 0, bytes(8)),
    frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0) + b"bye"), *call)
  seeds["server-slow-consumer"] = http2(0, 2, 12, call[0], frame(DATA, 0, 1, bytes(4096)) * 1, frame(DATA, 0, 1, BODY))
  seeds["client-goaway"] = http2(1, 0, 12, reply[0], frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)), *reply[1:])
  seeds["client-informational"] = http2(1, 0, 12, frame(HEADERS, END_HEADERS, 1, fields((b":status", b"100"))), *reply)
  seeds["client-push"] = http2(1, 0, 12, frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + REQUEST))
  seeds["client-window"] = http2(1, 0, 12, frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 20)),
                                 frame(WINDOW_UPDATE, 0, 3, struct.pack(">I", 1 << 20)), *reply)
  return seeds


# gRPC framing ------------------------------------------------------------------------------------------------------

def message(payload: bytes, compressed: int = 0) -> bytes:
  return bytes([compressed]) + struct.pack(">I", len(payload)) + payload


def grpc(piece: int, limit: int, body: bytes) -> bytes:
  return bytes([piece, limit]) + body


def grpc_seeds() -> dict[str, bytes]:
  text = b"price radar " * 8
  return {
    "one": grpc(0, 11, message(b"hello")),
    "many-in-pieces": grpc(3, 11, message(b"a") + message(b"") + message(text)),
    "gzip": grpc(7, 11, message(gzip.compress(text, mtime=0), 1)),
    "deflate": grpc(1, 11, message(zlib.compress(text), 1)),
    "bomb": grpc(0, 2, message(zlib.compress(bytes(4000)), 1)),
    "over-limit": grpc(0, 0, message(text)),
    "cut-short": grpc(2, 11, message(text)[:20]),
    "bad-flag": grpc(0, 11, message(b"x", 2)),
    "length-lies": grpc(0, 11, b"\x00\xff\xff\xff\xffabc"),
    "timeout": grpc(0, 11, b"99999999H"),
    "timeout-nanoseconds": grpc(0, 11, b"15n"),
    "content-type": grpc(0, 11, b"application/grpc+proto;charset=utf-8"),
    "status-message": grpc(0, 11, b"t%C3%BCkendi%20%25 %zz%"),
    "metadata": grpc(0, 11, b"x-trace:1\nx-bin:AAEC\nx-many-bin:AA==,AQI\nuser-agent:a/1"),
  }


# Protobuf ----------------------------------------------------------------------------------------------------------

def varint(value: int) -> bytes:
  value &= (1 << 64) - 1
  out = bytearray()
  while value > 0x7f:
    out.append(value & 0x7f | 0x80)
    value >>= 7
  out.append(value)
  return bytes(out)


def number(field: int, value: int) -> bytes:
  return varint(field << 3) + varint(value)


def block(field: int, payload: bytes) -> bytes:
  return varint(field << 3 | 2) + varint(len(payload)) + payload


def fixed(field: int, value: bytes) -> bytes:
  return varint(field << 3 | (5 if len(value) == 4 else 1)) + value


def protobuf_seeds() -> dict[str, bytes]:
  # Field numbers and kinds are tried in many pairings; which type they fit is for the fuzzer to find out.
  numbers = b"".join(number(n, v) for n, v in ((1, 1), (2, -1), (3, 300), (5, 1 << 31), (13, 1), (18, 7)))
  texts = b"".join(block(n, "Kulaklık".encode()) for n in (1, 2, 14, 15))
  bits = b"".join(fixed(n, v) for n, v in ((11, bytes([0, 0, 0, 0x80])), (12, bytes(7) + b"\x80"),
                                           (7, struct.pack("<I", 9)), (8, struct.pack("<Q", 9))))
  packed = b"".join(block(n, varint(1) + varint(300) + varint(-1)) for n in range(1, 18))
  entries = b"".join(block(n, number(1, n) + block(2, b"v")) + block(n, block(1, b"k") + number(2, n))
                     for n in range(1, 18))
  tree = b""
  for _ in range(6):
    tree = block(1, b"n") + block(2, tree) + block(3, tree[:60])
  seeds: dict[str, bytes] = {}
  for choice in range(10):
    seeds[f"numbers-{choice}"] = bytes([choice]) + numbers + bits
    seeds[f"texts-{choice}"] = bytes([choice]) + texts
    seeds[f"nested-{choice}"] = bytes([choice]) + tree
  seeds["packed"] = bytes([1]) + packed
  seeds["maps"] = bytes([2]) + entries
  seeds["tight-limits"] = bytes([0x84]) + tree
  seeds["embedded-nul"] = bytes([0]) + block(14, b"a\x00b")
  seeds["bad-utf8"] = bytes([0]) + block(14, b"\xc3\x28")
  seeds["group"] = bytes([0]) + varint(99 << 3 | 3) + number(1, 1) + varint(99 << 3 | 4)
  seeds["unknown"] = bytes([8]) + block(1, b"hello") + number(1000, 5) + block(1001, b"x") + fixed(1002, bytes(4))
  seeds["length-lies"] = bytes([8]) + b"\x0a\xff\xff\xff\xff\x07abc"
  return seeds


# JSON --------------------------------------------------------------------------------------------------------------

def json_seeds() -> dict[str, bytes]:
  texts = {
    "empty": "{}",
    "scalars": '{"int32Value":-1,"uint64Value":"18446744073709551615","doubleValue":1e-5,"boolValue":true,'
               '"stringValue":"Kulakl\\u0131k \\ud83c\\udfa7","bytesValue":"AAEC_-8="}',
    "names": '{"int32_value":1,"floatValue":"NaN","double_value":"-Infinity","int64Value":1.0}',
    "null": '{"int32Value":null,"stringValue":null}',
    "lists": '{"int32Values":[1,2,3],"stringValues":["a","b"],"messages":[{},{}]}',
    "maps": '{"stringToInt32":{"a":1,"b":2},"int32ToString":{"-1":"x"},"boolToBool":{"true":false}}',
    "tree": '{"name":"a","children":[{"name":"b","children":[{"name":"c"}]}]}',
    "well-known": '{"timestamp":"2024-02-29T23:59:59.999999999Z","duration":"-1.500s","fieldMask":"a.b,cD",'
                  '"structValue":{"a":[1,null,"x",{"b":true}]},"int32Wrapper":7}',
    "any": '{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}',
    "deep": "[" * 200 + "]" * 200,
    "duplicate": '{"int32Value":1,"int32Value":2}',
    "surrogate": '{"stringValue":"\\ud800"}',
    "number": "-0.0e+00001",
    "space": " \t\r\n{ \"int32Value\" : 1 } ",
    "cut-short": '{"stringValue":"\\u00',
  }
  # The first byte is the message type, as for ProtobufUnpack.
  return {f"{name}-{choice}": bytes([choice]) + text.encode()
          for name, text in texts.items()
          for choice in ({"lists": (1,), "maps": (2,), "tree": (4,), "well-known": (6,), "any": (6,)}.get(name, (0, 9)))}


# Shops' pages, feeds and price texts ------------------------------------------------------------------------------


def html_seeds() -> dict[str, bytes]:
  linked = (b'{"@context":"https://schema.org","@graph":[{"@type":"Product","@id":"#p","sku":"A-1","offers":[{"@id":"#o"},'
            b'{"@type":"AggregateOffer","lowPrice":"1299.00","highPrice":9e3,"priceCurrency":"TRY","offers":[{"price":'
            b'1299.9,"priceCurrency":"TRY","availability":"https://schema.org/InStock","seller":{"name":"\\u015f"}}]}]},'
            b'{"@id":"#o","price":"1.299,90 TL","priceSpecification":{"priceType":"ListPrice","price":"2000"}}]}')
  microdata = ('<div itemscope itemtype="http://schema.org/Product"><p itemprop="sku">A-1</p><div itemprop="offers" '
               'itemscope><b itemprop="price" content="12.50">12,50 TL</b><link itemprop="availability" '
               'href="OutOfStock"><i itemprop="seller">x</i></div></div><!--x--><del>20 TL</del>'
               '<p id=stock>stokta yok</p>').encode()
  graph = (b'<meta charset="windows-1254"><meta property="product:price:amount" content="1999.00"><meta property='
           b'"product:sale_price:amount" content="1499.00"><meta property="og:availability" content="instock">')
  feed = (b'<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><title>'
          b'<![CDATA[a & b]]></title><g:price>10.00 TRY</g:price></item><entry><link href="x"/></entry></channel></rss>')
  return {
    "linked": bytes([4]) + linked, "microdata": bytes([0]) + microdata, "microdata-1254": bytes([1]) + microdata,
    "graph": bytes([2]) + graph, "selectors": bytes([3]) + microdata, "feed": bytes([5]) + feed,
    "doctype": bytes([5]) + b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities": bytes([2]) + b"<p>&amp;&#351;&x;<p",
  }


def csv_seeds() -> dict[str, bytes]:
  feed = (b"id\ttitle\tprice\tsale price\tsale_price_effective_date\tavailability\n1\t\"a\n\"\"b\"\t1999.00 TRY\t1.499,00 TL"
          b"\t2026-11-24T08:00+0300/2026-11-25T00:00Z\tin stock\n")
  return {
    "feed": bytes([3, 2]) + feed, "commas": bytes([1, 0]) + b'id,price\r\n1,"1,5 TRY"\r2,x"y\n"3"z,4\n\n"open',
    "mark": bytes([2, 1]) + b"\xef\xbb\xbfa;b\n", "wide": bytes([9, 0]) + b"," * 30 + b"\n1\n",
  }


def price_text_seeds() -> dict[str, bytes]:
  texts = ["1.299,00 TL", "₺1.299,90", "118, 99 TL", "$1,234.56", "CHF 1'234.56", "12 x 99,90 TL", "%20 849,90 TL",
           "1 298 €", "10 - 20 EUR", "٢٥٫٥٠ ر.س", "1,23,456.50", "NZD $100.70", "12€50", "-5 TL"]
  return {f"text-{index}": bytes([index % 10]) + text.encode() for index, text in enumerate(texts)}


if __name__ == "__main__":
  write("JSONInput", json_seeds())
  write("HTTP2Input", http2_seeds())
  write("GRPCFraming", grpc_seeds())
  write("ProtobufUnpack", protobuf_seeds())
  write("HTML", html_seeds())
  write("CSV", csv_seeds())
  write("PriceText", price_text_seeds())
