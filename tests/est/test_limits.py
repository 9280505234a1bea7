#!/usr/bin/env -S python3 -B
"""What badly behaved clients get: limits of size, time and number, with times so short that no test waits long."""

import http.client
import socket
import ssl
import unittest

from server import PATIENCE, EstTest

GET = b"GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\n"


class Limits(EstTest):
    def plain(self, server):
        connection = socket.create_connection(("127.0.0.1", server.ports["plain"]), timeout=PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def both(self, server):
        """A connection of each kind, made when its turn comes."""
        yield self.connect(server)
        yield self.plain(server)

    # Time

    def test_slow_header(self):
        server = self.start("header_ms=200")
        for connection in self.both(server):
            connection.sendall(b"GET /.well-known")
            self.assertEqual(self.read_answer(connection)[0], 408)
            self.assertEqual(self.read_end(connection), b"")

    def test_header_in_drops(self):
        # Each byte in time does not make a header in time.
        server = self.start("header_ms=300")
        connection = self.plain(server)
        connection.settimeout(0.01)
        answer = b""
        try:
            for _ in range(10000):
                connection.sendall(b"a")
                try:
                    answer += connection.recv(4096)
                    break
                except TimeoutError:
                    pass
        except ConnectionError:
            pass
        self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)

    def test_slow_body(self):
        server = self.start("body_ms=200")
        for connection in self.both(server):
            connection.sendall(POST + b"Content-Length: 10\r\n\r\n12345")
            self.assertEqual(self.read_answer(connection)[0], 408)
            self.assertEqual(self.read_end(connection), b"")

    def test_silence_from_the_start(self):
        server = self.start("header_ms=200", "handshake_ms=200")
        silent = socket.create_connection(("127.0.0.1", server.ports["est"]), timeout=PATIENCE)
        self.addCleanup(silent.close)
        for connection in (silent, *self.both(server)):
            self.assertEqual(self.read_end(connection), b"")
        self.assertIn("ended its TLS handshake", server.log())

    def test_idle_connections_are_closed_without_a_word(self):
        server = self.start("idle_ms=200")
        for connection in self.both(server):
            connection.sendall(GET)
            self.assertEqual(self.read_answer(connection)[0], 200)
            self.assertEqual(self.read_end(connection), b"")

    # Size and form

    def expect(self, server, status, request):
        for connection in self.both(server):
            connection.sendall(request)
            self.assertEqual(self.read_answer(connection)[0], status, request[:100])
            self.assertEqual(self.read_end(connection), b"")

    def test_sizes(self):
        server = self.start()
        self.expect(server, 431, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17000 + b"\r\n\r\n")
        self.expect(server, 431, b"GET /" + b"a" * 20000)
        self.expect(server, 413, POST + b"Content-Length: 65537\r\n\r\n")
        self.expect(server, 413, POST + b"Content-Length: 99999999999999\r\n\r\n")
        self.expect(server, 413, POST + b"Transfer-Encoding: chunked\r\n\r\n10001\r\n" + b"a" * 65537)

    def test_what_is_sent_behind_a_refusal_does_not_swallow_it(self):
        self.expect(self.start(), 413, POST + b"Content-Length: 500000\r\n\r\n" + b"a" * 500000)

    def test_forms(self):
        server = self.start()
        self.expect(server, 400, b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        self.expect(server, 400, b"GET /\r\n\r\n")
        self.expect(server, 400, b"GET / HTTP/1.1\r\n\r\n")
        self.expect(server, 400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.expect(server, 400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456")
        self.expect(server, 400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.expect(server, 505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n")
        self.expect(server, 417, POST + b"Expect: miracles\r\nContent-Length: 5\r\n\r\n")

    # Connections

    def test_pipelined_requests_are_answered_in_order(self):
        server = self.start()
        other = GET.replace(b"cacerts", b"csrattrs")
        post = POST + b"Content-Length: 3\r\n\r\nabc"
        for connection in self.both(server):
            connection.sendall(GET + other + post + GET + other)
            answers = [self.read_answer(connection) for _ in range(5)]
            self.assertEqual([status for status, _ in answers], [200, 200, 401, 200, 200])
            self.assertEqual(answers[0], answers[3])
            self.assertEqual(answers[1], answers[4])
            self.assertNotEqual(answers[0], answers[1])

    def test_connections_are_kept_where_the_version_says_so(self):
        server = self.start()
        for ending, kept in ((b"1.1\r\nHost: a\r\n", True), (b"1.1\r\nHost: a\r\nConnection: close\r\n", False), (b"1.0\r\n", False),
                             (b"1.0\r\nConnection: keep-alive\r\n", True)):
            for connection in self.both(server):
                request = b"GET /.well-known/est/csrattrs HTTP/" + ending + b"\r\n"
                connection.sendall(request)
                self.assertEqual(self.read_answer(connection)[0], 200)
                if kept:
                    connection.sendall(request)
                    self.assertEqual(self.read_answer(connection)[0], 200)
                else:
                    self.assertEqual(self.read_end(connection), b"")

    def test_old_clients_are_answered_in_kind(self):
        connection = self.plain(self.start())
        connection.sendall(b"GET /.well-known/est/cacerts HTTP/1.0\r\n\r\n")
        head, body = self.read_end(connection).split(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.0 200 OK\r\n"))
        self.assertTrue(all(len(line) == 64 for line in body.split(b"\n")[:-2]))
        self.assertTrue(body.endswith(b"\n"))

    def test_absolute_targets(self):
        connection = self.plain(self.start())
        for target in (b"http://localhost/.well-known/est/cacerts", b"/.well-known/est/cacerts?query"):
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(self.read_answer(connection)[0], 200)

    def test_too_many(self):
        for limit, text in (("connections=2", "altogether"), ("per_address=2", "from one place")):
            server = self.start(limit)
            first, second = self.connect(server), self.plain(server)
            for connection in (first, second):
                connection.sendall(GET)
                self.assertEqual(self.read_answer(connection)[0], 200)
            for connection in self.both(server):
                connection.sendall(GET)
                self.assertEqual(self.read_answer(connection)[0], 503, text)
                self.assertEqual(self.read_end(connection), b"")
            # Those that are in stay in, and who leaves makes room.
            for connection in (first, second):
                connection.sendall(GET.replace(b"Host:", b"Connection: close\r\nHost:"))
                self.assertEqual(self.read_answer(connection)[0], 200)
                self.read_end(connection)
                connection.close()
            statuses = set()
            while 200 not in statuses:
                late = http.client.HTTPConnection("127.0.0.1", server.ports["plain"], timeout=PATIENCE)
                late.request("GET", "/.well-known/est/cacerts")
                statuses.add(late.getresponse().status)
                late.close()

    def test_noise_in_place_of_tls(self):
        server = self.start()
        connection = socket.create_connection(("127.0.0.1", server.ports["est"]), timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.sendall(GET)
        received = b""
        try:
            received = self.read_end(connection)
        except ConnectionResetError:
            pass
        self.assertNotIn(b"HTTP", received)
        # And the server goes on.
        good = self.connect(server)
        good.sendall(GET)
        self.assertEqual(self.read_answer(good)[0], 200)

    def test_clients_that_vanish(self):
        server = self.start()
        for part in (b"", GET[:10], GET, POST + b"Content-Length: 10\r\n\r\n123"):
            for connection in self.both(server):
                connection.sendall(part)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                if isinstance(connection, ssl.SSLSocket):
                    connection = socket.socket(fileno=connection.detach())
                connection.close()
        good = self.connect(server)
        good.sendall(GET)
        self.assertEqual(self.read_answer(good)[0], 200)

    # Stopping

    def test_stop_closes_what_is_idle(self):
        server = self.start()
        idle = list(self.both(server))
        for connection in idle:
            connection.sendall(GET)
            self.assertEqual(self.read_answer(connection)[0], 200)
        self.assertEqual(server.stop(), 0)
        for connection in idle:
            self.assertEqual(self.read_end(connection), b"")

    def begin_post(self, connection):
        """Sends a header, and returns when the server has read it."""
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\n")
        self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")

    def test_stop_waits_for_requests_in_flight(self):
        server = self.start()
        connections = list(self.both(server))
        for connection in connections:
            self.begin_post(connection)
        server.process.stdin.close()
        # It takes no more connections: then it has heard.
        with self.assertRaises(ConnectionRefusedError):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", server.ports["plain"]), timeout=PATIENCE).close()
                except ConnectionResetError:
                    pass
        for connection in connections:
            connection.sendall(b"abcdef")
            self.assertEqual(self.read_answer(connection)[0], 401)
            self.assertEqual(self.read_end(connection), b"")
        self.assertEqual(server.stop(), 0)

    def test_stop_cuts_off_what_does_not_end(self):
        server = self.start("stop_ms=200")
        connection = self.plain(server)
        self.begin_post(connection)
        self.assertEqual(server.stop(), 0)
        self.assertIn("cut off", server.log())
        try:
            self.assertEqual(self.read_end(connection), b"")
        except ConnectionResetError:
            pass


if __name__ == "__main__":
    unittest.main()
