"""Usage: marks.py HOST PORT-FILE

Echoes datagrams at HOST until it is ended, and prints for each where it came from and what its
header had: port, DSCP and the hops that were left. Streams are answered only if at least 50 hops
are left in each packet; they are not printed.
"""
import os
import socket
import sys
import threading

host, file = sys.argv[1], sys.argv[2]
IPV6_MINHOPCOUNT, IP_MINTTL, LEAST = 73, 21, 50

ipv6 = ":" in host
family = socket.AF_INET6 if ipv6 else socket.AF_INET
udp = socket.socket(family, socket.SOCK_DGRAM)
tcp = socket.socket(family, socket.SOCK_STREAM)
if ipv6:
    level, tos, ttl = socket.IPPROTO_IPV6, socket.IPV6_TCLASS, socket.IPV6_HOPLIMIT
    udp.setsockopt(level, socket.IPV6_RECVTCLASS, 1)
    udp.setsockopt(level, socket.IPV6_RECVHOPLIMIT, 1)
    tcp.setsockopt(level, IPV6_MINHOPCOUNT, LEAST)
else:
    level, tos, ttl = socket.IPPROTO_IP, socket.IP_TOS, socket.IP_TTL
    udp.setsockopt(level, 13, 1)  # IP_RECVTOS
    udp.setsockopt(level, 12, 1)  # IP_RECVTTL
    tcp.setsockopt(level, IP_MINTTL, LEAST)


def free_port():
    """Returns a port that is free over both protocols."""
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.bind((host, 0))
            port = one.getsockname()[1]
            with socket.socket(family, socket.SOCK_DGRAM) as other:
                try:
                    other.bind((host, port))
                    return port
                except OSError:
                    pass  # taken over UDP: another one


port = free_port()
udp.bind((host, port))
tcp.bind((host, port))
tcp.listen()


def answer(connection):
    with connection:
        while some := connection.recv(65_535):
            connection.sendall(some)


def accept():
    while True:
        threading.Thread(target=answer, args=(tcp.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
with open(file + ".part", "w") as ready:
    ready.write(str(udp.getsockname()[1]))
os.rename(file + ".part", file)
while True:
    data, notes, _, peer = udp.recvmsg(65_535, 256)
    seen = {(at, kind): int.from_bytes(value, sys.byteorder) for at, kind, value in notes}
    print(f"port={peer[1]} dscp={seen[level, tos] >> 2} ttl={seen[level, ttl]}", flush=True)
    udp.sendto(data, peer)
