"""Usage: wire.py HOST FILE COMMAND...

Answers UDP and TCP at HOST, runs a command, and writes of each packet that came to the service
meanwhile what its IP header asks of the network; of a datagram in fragments, the first.
"""
import socket
import subprocess
import sys
import threading

SERVICE, FENCE = 2105, 2106
IPV4, IPV6, FRAGMENT = 0x0800, 0x86DD, 44
SOMEWHERE_INSIDE = bytes(4)  # a later fragment has no ports

host, file, command = sys.argv[1], sys.argv[2], sys.argv[3:]
family, protocol = (socket.AF_INET6, IPV6) if ":" in host else (socket.AF_INET, IPV4)


def number(some):
    return int.from_bytes(some, "big")


def read(packet):
    """Returns what the header asks, and what follows it."""
    if protocol == IPV4:
        flags = number(packet[6:8])
        asked = f"tos={packet[1]:02x} df={flags >> 14 & 1} mf={flags >> 13 & 1}"
        return asked, SOMEWHERE_INSIDE if flags & 0x1FFF else packet[(packet[0] & 15) * 4 :]
    asked = f"tos={number(packet[:2]) >> 4 & 0xFF:02x}"
    if packet[6] != FRAGMENT:
        return asked + " mf=0", packet[40:]
    offset = number(packet[42:44])
    return asked + f" mf={offset & 1}", SOMEWHERE_INSIDE if offset >> 3 else packet[48:]


def answer_datagrams():
    while True:
        udp.sendto(*udp.recvfrom(65_535))


def answer_streams():
    while True:
        with tcp.accept()[0] as stream:
            while some := stream.recv(65_535):
                stream.sendall(some)


def run():
    ended.append(subprocess.run(command).returncode)
    udp.sendto(b"", (host, FENCE))


udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind((host, SERVICE))
tcp = socket.create_server((host, SERVICE), family=family)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
wire.bind(("lo", protocol))
ended = []
for work in answer_datagrams, answer_streams, run:
    threading.Thread(target=work, daemon=True).start()
port = None
with open(file, "w") as lines:
    while port != FENCE:
        asked, rest = read(wire.recv(65_535))
        port = number(rest[2:4])
        if port == SERVICE:
            print(asked, file=lines)
sys.exit(ended[0])
