"""Usage: gap.py DEVICE

Prints "ready"; after an interrupt the times of the last reply before the longest time in which no
payload came from port 2105, and of the first one after it.
"""
import datetime
import socket
import struct
import sys

SERVICE, IPV4, TCP, STAMP = 2105, 0x0800, 6, 35

wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
wire.setsockopt(socket.SOL_SOCKET, STAMP, 1)
wire.bind((sys.argv[1], IPV4))


def number(some):
    return int.from_bytes(some, "big")


def has_payload(packet):
    head = (packet[0] & 15) * 4
    if packet[9] not in (TCP, 17) or number(packet[head : head + 2]) != SERVICE:
        return False
    own = (packet[head + 12] >> 4) * 4 if packet[9] == TCP else 8
    return number(packet[2:4]) > head + own


def text(ns):
    seconds, rest = divmod(ns, 1_000_000_000)
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


last, longest = None, (0, 0, 0)
print("ready", flush=True)
try:
    while True:
        packet, extra, _, _ = wire.recvmsg(128, 64)
        if not has_payload(packet):
            continue
        seconds, ns = struct.unpack("qq", extra[0][2])
        now = seconds * 1_000_000_000 + ns
        if last is not None and now - last > longest[0]:
            longest = (now - last, last, now)
        last = now
except KeyboardInterrupt:
    print(text(longest[1]), text(longest[2]), sep="\n")
