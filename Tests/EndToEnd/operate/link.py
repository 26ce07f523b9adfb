"""The network between two regions: 40 ms each way, and cut, healed or made to lose packets by a word.

Where the kernel has netem it is a pair of veth devices with that; else packets of two TUN devices are carried to and fro
by a process of ours (this file, run as a program), which also counts them.
"""

import collections
import ctypes
import errno
import fcntl
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import time

from typing import NamedTuple

CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x4004_54CA, 0x0001, 0x1000
DEVICE = "between"
LIBC = ctypes.CDLL(None, use_errno=True)


class End(NamedTuple):
    """One end of the link: a network namespace, and its address there."""
    namespace: str
    address: str


def enter(namespace):
    """Has the calling thread, and what it starts, use the network of a namespace from now on."""
    with open(f"/run/netns/{namespace}", "rb") as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"setns: {os.strerror(number)}", namespace)


def command(*words, succeeds=True):
    """Runs a program; whether it succeeded."""
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not succeeds or result.returncode == 0, f"{' '.join(words)}: {result.stderr.strip()}"
    return result.returncode == 0


def has_netem(namespace):
    """Whether the kernel delays packets by itself."""
    return command("tc", "-n", namespace, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", succeeds=False) \
        and command("tc", "-n", namespace, "qdisc", "del", "dev", "lo", "root")


def connect(ends, one_way):
    """The link between two ends, with a delay in seconds each way."""
    return (NetemLink if has_netem(ends[0].namespace) else TunLink)(ends, one_way)


def bring_up(end, peer):
    command("ip", "-n", end.namespace, "addr", "add", end.address, "peer", peer.address, "dev", DEVICE)
    command("ip", "-n", end.namespace, "link", "set", DEVICE, "up")


class NetemLink:
    """The kernel's own."""

    kind = "netem"

    def __init__(self, ends, one_way):
        self.ends, self.one_way = ends, one_way
        first, second = ends
        command("ip", "link", "add", DEVICE, "netns", first.namespace, "type", "veth", "peer", "name", DEVICE, "netns",
                second.namespace)
        for end, peer in (ends, ends[::-1]):
            bring_up(end, peer)
        self._apply("add", 0)

    def _apply(self, verb, loss):
        for end in self.ends:
            command("tc", "-n", end.namespace, "qdisc", verb, "dev", DEVICE, "root", "netem", "limit", "20000", "delay",
                    f"{self.one_way * 1000:.0f}ms", "loss", f"{loss * 100:g}%")

    def cut(self):
        self._apply("change", 1)

    def heal(self):
        self._apply("change", 0)

    def lose(self, share):
        self._apply("change", share)

    def bytes(self):
        """How many bytes have gone over it so far, both ways together."""
        text = subprocess.run(["ip", "-n", self.ends[0].namespace, "-s", "-j", "link", "show", DEVICE],
                              capture_output=True, text=True, check=True).stdout
        counted = json.loads(text)[0]["stats64"]
        return counted["rx"]["bytes"] + counted["tx"]["bytes"]

    def close(self):
        command("ip", "-n", self.ends[0].namespace, "link", "del", DEVICE)


class TunLink:
    """Our process between two TUN devices."""

    kind = "a process between TUN devices"

    def __init__(self, ends, one_way):
        first, second = ends
        self.process = subprocess.Popen(
            [sys.executable, __file__, first.namespace, second.namespace, str(one_way)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        self._say("hello")
        # It must get its turn when the machine is busy, or the delay is not what it should be.
        os.setpriority(os.PRIO_PROCESS, self.process.pid, -10)
        for end, peer in (ends, ends[::-1]):
            bring_up(end, peer)

    def _say(self, text):
        self.process.stdin.write(text + "\n")
        answer = self.process.stdout.readline()
        assert answer, f"the link has ended with {self.process.wait(10)}"
        return json.loads(answer)

    def cut(self):
        self._say("lose 1")

    def heal(self):
        self._say("lose 0")

    def lose(self, share):
        self._say(f"lose {share}")

    def bytes(self):
        """How many bytes have gone over it so far, both ways together."""
        return self._say("bytes")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Carrier:
    """Takes packets from two devices and gives each to the other one after the delay."""

    def __init__(self, namespaces, one_way):
        self.devices = [open_tun(namespace) for namespace in namespaces]
        self.under_way = collections.deque()
        self.one_way, self.loss, self.carried = one_way, 0.0, 0

    def run(self, orders):
        with selectors.DefaultSelector() as selector:
            for index, device in enumerate(self.devices):
                selector.register(device, selectors.EVENT_READ, index)
            os.set_blocking(orders.fileno(), False)
            selector.register(orders, selectors.EVENT_READ, None)
            while True:
                # All wait equally long, so the oldest is due first.
                wait = max(0, self.under_way[0][0] - time.monotonic()) if self.under_way else None
                for key, _ in selector.select(wait):
                    if key.data is not None:
                        self.take(key.data)
                    elif not (line := orders.readline()):
                        return
                    else:
                        print(json.dumps(self.obey(line.split())), flush=True)
                self.deliver()

    def obey(self, words):
        if words[0] == "lose":
            self.loss = float(words[1])
            if self.loss == 1:
                # What is on the wire is lost with it.
                self.under_way.clear()
        return self.carried

    def take(self, index):
        while True:
            try:
                packet = os.read(self.devices[index], 65_536)
            except BlockingIOError:
                return
            if self.loss == 0 or random.random() >= self.loss:
                self.under_way.append((time.monotonic() + self.one_way, 1 - index, packet))

    def deliver(self):
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, index, packet = self.under_way.popleft()
            try:
                os.write(self.devices[index], packet)
            except OSError as error:
                # The device is not up, or its queue is full: the packet is lost.
                if error.errno not in (errno.EIO, errno.EAGAIN, errno.ENOBUFS):
                    raise
                continue
            self.carried += len(packet)


def open_tun(namespace):
    """A TUN device in a namespace; it goes when its descriptor is closed."""
    enter(namespace)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    return device


if __name__ == "__main__":
    Carrier(sys.argv[1:3], float(sys.argv[3])).run(sys.stdin)
