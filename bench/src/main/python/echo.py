"""The plain echo of a race in Python: echo.py udp|tcp PORT."""
import selectors
import socket
import sys


def udp(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", port))
        while True:
            data, peer = sock.recvfrom(65536)
            sock.sendto(data, peer)


def accept(ready, listener):
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ready.register(connection, selectors.EVENT_READ, echo)


def echo(ready, connection):
    try:
        data = connection.recv(65536)
        connection.sendall(data)
    except ConnectionError:
        data = b""  # a loader that stops resets what is still under way
    if not data:
        ready.unregister(connection)
        connection.close()


def tcp(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    with selectors.DefaultSelector() as ready:
        ready.register(listener, selectors.EVENT_READ, accept)
        while True:
            for key, _ in ready.select():
                key.data(ready, key.fileobj)


{"udp": udp, "tcp": tcp}[sys.argv[1]](int(sys.argv[2]))
