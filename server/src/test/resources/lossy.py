"""A bad link to a network namespace: loses, doubles and delays packets. Needs root.

lossy.py NAMESPACE NEAR VANISHING FAR

A pair of TUN devices, NEAR and VANISHING on this host's side and FAR in the namespace, and this
program between them, since few kernels come with netem. In each direction 1 % of the packets is
lost, 1 % comes twice, all take 1 ms, and 5 % take up to 4 ms more and are overtaken. What VANISHING
sends to end a connection (FIN, RST) never arrives: its peers are gone without a word.

Makes the namespace, prints `ready`, and takes all of it away when standard input ends.
"""
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

namespace, near, vanishing, far = sys.argv[1:]
chance = random.Random(1)
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
FIN_OR_RST = 0x05


def ip(line):
    subprocess.run(['ip'] + line.split(), check=True, stdin=subprocess.DEVNULL)


def tun(name):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def ends_in_silence(packet):
    header = (packet[0] & 15) * 4
    return (packet[0] >> 4 == 4 and packet[9] == socket.IPPROTO_TCP
            and packet[12:16] == socket.inet_aton(vanishing)
            and len(packet) > header + 13 and packet[header + 13] & FIN_OR_RST)


def carry(ends):
    under_way, count = [], 0
    while True:
        wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
        readable = select.select([0] + ends, [], [], wait)[0]
        if 0 in readable and not os.read(0, 1):
            return
        now = time.monotonic()
        for fd in readable:
            if fd == 0:
                continue
            packet = os.read(fd, 65536)
            if chance.random() < 0.01 or ends_in_silence(packet):
                continue
            to = ends[1 - ends.index(fd)]
            for _ in range(2 if chance.random() < 0.01 else 1):
                late = 0.004 * chance.random() if chance.random() < 0.05 else 0
                count += 1
                heapq.heappush(under_way, (now + 0.001 + late, count, to, packet))
        while under_way and under_way[0][0] <= now:
            try:
                os.write(under_way[0][2], under_way[0][3])
            except OSError:
                pass  # The far queue is full: one more is lost.
            heapq.heappop(under_way)


ip(f'netns add {namespace}')
try:
    ends = [tun(namespace + 'a'), tun(namespace + 'b')]
    ip(f'link set {namespace}b netns {namespace}')
    for address in near, vanishing:
        ip(f'addr add {address} peer {far} dev {namespace}a')
    ip(f'link set {namespace}a up')
    for back in near, vanishing:
        ip(f'-n {namespace} addr add {far} peer {back} dev {namespace}b')
    ip(f'-n {namespace} link set {namespace}b up')
    ip(f'-n {namespace} link set lo up')
    print('ready', flush=True)
    carry(ends)
finally:
    ip(f'netns del {namespace}')
