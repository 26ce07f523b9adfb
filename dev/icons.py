#!/usr/bin/env python3
"""Draws the pages' icon as PNG, for those who take no SVG: `dev/icons.py` writes Sources/EdgeGateway/Web/Assets/icon-*.png.

The same shapes as `Icon.file` (a square of 32 units), by distance to each, and the same bytes every time.
"""

import math
import pathlib
import struct
import zlib

ASSETS = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "EdgeGateway" / "Web" / "Assets"
SIZES = (180, 192, 512)
GROUND, INK = (0x0B, 0x7A, 0x5D), (0xFF, 0xFF, 0xFF)
HALF = 1.2


def arc(x, y, radius):
    """How far a point is from three quarters of a circle around the middle: all but its upper right."""
    dx, dy = x - 16, y - 16
    if dx > 0 and dy < 0:
        return min(math.hypot(dx, dy + radius), math.hypot(dx - radius, dy))
    return abs(math.hypot(dx, dy) - radius)


def line(x, y):
    """How far a point is from the hand, which points to the upper right."""
    share = max(0.0, min(1.0, ((x - 16) * 7.5 + (y - 16) * -7.5) / (2 * 7.5 * 7.5)))
    return math.hypot(x - 16 - 7.5 * share, y - 16 + 7.5 * share)


def coverage(x, y, pixel):
    """How much of a pixel is ink, 0 to 1."""

    def inside(distance, half):
        return max(0.0, min(1.0, (half - distance) / pixel + 0.5))

    strong = max(inside(arc(x, y, 10.5), HALF), inside(line(x, y), HALF), inside(math.hypot(x - 16, y - 16), 2.2))
    return max(strong, 0.7 * inside(arc(x, y, 5.5), HALF))


def png(size):
    """The whole square: systems cut its corners as they like."""
    pixel = 32 / size
    rows = bytearray()
    for row in range(size):
        rows.append(0)
        for column in range(size):
            share = coverage((column + 0.5) * pixel, (row + 0.5) * pixel, pixel)
            # Sixteen steps are smooth enough, and pack better.
            share = round(share * 15) / 15
            rows += bytes(round(ground + (ink - ground) * share) for ground, ink in zip(GROUND, INK))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")


def main():
    for size in SIZES:
        file = ASSETS / f"icon-{size}.png"
        file.write_bytes(png(size))
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
