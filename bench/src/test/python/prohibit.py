"""A host that a firewall guards, on the loopback of a network of its own.

    prohibit.py PORT EVERY COMMAND...

Answers each datagram, but to each EVERYth sends the ICMP message "communication administratively
prohibited" (RFC 1812, section 5.2.7.1) in place of an answer, while the command runs. Exits as the
command does. Needs a raw socket.
"""

import socket
import struct
import subprocess
import sys
import threading


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def with_checksum(header, at):
    return header[:at] + struct.pack("!H", checksum(header)) + header[at + 2 :]


def prohibit(raw, peer, port, datagram):
    begin = datagram[:8]
    ip = struct.pack(
        "!BBHHHBBH4s4s",
        0x45, 0, 28 + len(begin), 1, 0, 64, 17, 0,
        socket.inet_aton(peer[0]), socket.inet_aton("127.0.0.1"),
    )
    udp = struct.pack("!HHHH", peer[1], port, 8 + len(datagram), 0)
    message = struct.pack("!BBHI", 3, 13, 0, 0) + with_checksum(ip, 10) + udp + begin
    raw.sendto(with_checksum(message, 2), (peer[0], 0))


def serve(server, raw, port, every):
    number = 0
    while True:
        datagram, peer = server.recvfrom(65535)
        number += 1
        if number % every == 0:
            prohibit(raw, peer, port, datagram)
        else:
            server.sendto(datagram, peer)


def main():
    port, every = int(sys.argv[1]), int(sys.argv[2])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    arguments = (server, raw, port, every)
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    sys.exit(subprocess.call(sys.argv[3:]))


main()
