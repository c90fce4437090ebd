"""Forges datagrams on a wire and tells what a server made of them. Needs root.

forge_wire.py PORT ADMIN-URL count COUNT ASKED=SOURCE=SOURCE-PORT ...

For each case COUNT datagrams of 10 bytes; prints how many were received and how many echoed. The
server must have one loop and --max-datagram 100: a larger one behind each case ends it.

forge_wire.py PORT ADMIN-URL sweep SECONDS ASKED

Claims to be the server itself: from each port of a client in turn to the server, and from the
server to each such port. Prints datagrams sent, answers of /readyz that were 200, and others.
"""
import socket
import struct
import sys
import time
import urllib.error
import urllib.request

port, admin, mode, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
RECEIVED, ECHOED = 'echo_udp_datagrams_received_total', 'echo_udp_datagrams_echoed_total'
TOO_LARGE = 'echo_udp_datagrams_dropped_total{reason="size"}'
raw = {f: socket.socket(f, socket.SOCK_RAW, socket.IPPROTO_RAW)
       for f in (socket.AF_INET, socket.AF_INET6)}


def checksum(data):
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff or 0xffff


def send(asked, source, source_port, size, asked_port=port):
    family = socket.AF_INET6 if ':' in asked else socket.AF_INET
    src, dst = socket.inet_pton(family, source), socket.inet_pton(family, asked)
    length = 8 + size
    udp = struct.pack('!HHHH', source_port, asked_port, length, 0) + bytes(size)
    if family == socket.AF_INET6:
        pseudo = src + dst + struct.pack('!II', length, socket.IPPROTO_UDP)
        udp = udp[:6] + struct.pack('!H', checksum(pseudo + udp)) + udp[8:]
        head = struct.pack('!IHBB', 6 << 28, length, socket.IPPROTO_UDP, 64)
    else:
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0)
    raw[family].sendto(head + src + dst + udp, (asked, 0))


def counters():
    with urllib.request.urlopen(admin + '/metrics', timeout=20) as page:
        lines = page.read().decode().splitlines()
    values = dict(line.rsplit(' ', 1) for line in lines if line.startswith('echo_udp_'))
    return [int(float(values[name])) for name in (RECEIVED, ECHOED, TOO_LARGE)]


def count_cases():
    received, echoed, ended = counters()
    for case in sys.argv[5:]:
        asked, source, source_port = case.split('=')
        for n in range(count):
            send(asked, source, int(source_port), 10)
        send(asked, '2001:db8:ffff::1' if ':' in asked else '198.51.100.1', 40000, 101)
        deadline = time.monotonic() + 20
        now = counters()
        while now[2] == ended:
            assert time.monotonic() < deadline, case
            now = counters()
        print(case, now[0] - received - 1, now[1] - echoed)
        received, echoed, ended = now


def is_ready():
    try:
        with urllib.request.urlopen(admin + '/readyz', timeout=20):
            return True
    except urllib.error.HTTPError:
        return False


def sweep(us):
    sent, ready, other, start = 0, 0, 0, time.monotonic()
    ports = range(32768, 61000)
    while time.monotonic() - start < count:
        for n in range(500):
            client = ports[sent // 2 % len(ports)]
            send(us, us, client, 8)
            send(us, us, port, 8, client)
            sent += 2
        if is_ready():
            ready += 1
        else:
            other += 1
        time.sleep(max(0, sent / 10000 - (time.monotonic() - start)))
    print(sent, ready, other)


if mode == 'count':
    count_cases()
else:
    sweep(sys.argv[5])
