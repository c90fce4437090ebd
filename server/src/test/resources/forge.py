"""Sends UDP packets from sources that are not ours, and tells how many came back. Needs root.

forge.py send|count SERVER PORT SOURCE=PORT ...

`count` sends a valid datagram last and waits for its reply, then prints how many other packets
have left the server's port: a raw socket sees every UDP packet that this host delivers.
"""
import ctypes
import os
import socket
import struct
import sys

mode, server, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sources = [(a, int(p)) for a, p in (s.rsplit('=', 1) for s in sys.argv[4:])]
family = socket.AF_INET6 if ':' in server else socket.AF_INET
v6 = family == socket.AF_INET6
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # One queue of loopback keeps the order.


def checksum(data):
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff or 0xffff


def packet(source, source_port, payload):
    src, dst = socket.inet_pton(family, source), socket.inet_pton(family, server)
    length = 8 + len(payload)
    udp = struct.pack('!HHHH', source_port, port, length, 0) + payload
    if v6:
        pseudo = src + dst + struct.pack('!II', length, socket.IPPROTO_UDP)
        udp = udp[:6] + struct.pack('!H', checksum(pseudo + udp)) + payload
        return struct.pack('!IHBB', 6 << 28, length, socket.IPPROTO_UDP, 64) + src + dst + udp
    header = struct.pack(
        '!BBHHHBBH4s4s', 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0, src, dst)
    return header + udp  # The kernel fills in the header's checksum; UDP's may be 0 in IPv4.


def watch_server_port():
    """A raw socket whose filter (classic BPF) passes what comes from the server's port."""
    raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_UDP)
    load = [(0x28, 0, 0, 0)] if v6 else [(0xb1, 0, 0, 0), (0x48, 0, 0, 0)]
    code = load + [(0x15, 0, 1, port), (0x06, 0, 0, 0xffff), (0x06, 0, 0, 0)]
    program = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *op) for op in code))
    raw.setsockopt(socket.SOL_SOCKET, 26,  # SO_ATTACH_FILTER
                   struct.pack('HL', len(code), ctypes.addressof(program)))
    raw.setblocking(False)
    try:
        while True:
            raw.recv(65535)  # What came before the filter.
    except BlockingIOError:
        pass
    raw.settimeout(20)
    return raw


watch = watch_server_port() if mode == 'count' else None
out = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
for n, (address, source_port) in enumerate(sources):
    out.sendto(packet(address, source_port, b'forged %d' % n), (server, 0))
if mode == 'send':
    sys.exit()

client = socket.socket(family, socket.SOCK_DGRAM)
client.settimeout(20)
client.sendto(b'fence', (server, port))
assert client.recv(100) == b'fence'
# What was forged from the server's own port passes the filter by itself.
replies = -sum(1 for _, source_port in sources if source_port == port)
while True:
    seen = watch.recv(65535)
    if seen.endswith(b'fence'):
        break
    replies += 1
print(replies)
