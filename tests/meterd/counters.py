# SPDX-License-Identifier: GPL-2.0-or-later
"""The real server of shared counters, Debian's redis-server, and the way to it."""

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from meterd import wait_for

PROGRAM = os.environ.get("SHARED", "")
PASSWORD = "not to be seen"


class Counters:
    """A redis-server on loopback that keeps nothing on disk."""

    def __init__(self, folder):
        self.folder = Path(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.tls = ()
        self.process = None

    def url(self, scheme="redis"):
        return f"{scheme}://127.0.0.1:{self.port}/3"

    def start(self):
        port = ("--port", "0", "--tls-port", str(self.port), *self.tls) if self.tls else ("--port", str(self.port))
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", *port, "--save", "", "--appendonly", "no", "--requirepass", PASSWORD,
             "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        wait_for(self.is_up, "redis-server")
        return self

    def is_up(self):
        with socket.socket() as peer:
            return peer.connect_ex(("127.0.0.1", self.port)) == 0

    def certify(self):
        """From its next start on it speaks TLS alone, with a certificate for its address that it has made itself."""
        key, certificate = self.folder / "key", self.folder / "certificate"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", "/CN=counters", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        self.tls = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no",
                    "--tls-ca-cert-file", str(certificate))
        return certificate

    def say(self, *words):
        """One command in the meters' database."""
        with socket.create_connection(("127.0.0.1", self.port)) as peer, peer.makefile("rb") as lines:
            for command in (("AUTH", PASSWORD), ("SELECT", "3"), words):
                parts = [word if isinstance(word, bytes) else str(word).encode() for word in command]
                peer.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
                answer = self.read(lines)
        return answer

    def read(self, lines):
        line = lines.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else lines.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read(lines) for _ in range(int(rest))]
        return line.decode()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class Way:
    """What systemd does for smtp-restrictions-shared.socket."""

    def __init__(self, meter, password=PASSWORD, ca=None):
        self.meter = meter
        self.path = meter.top / "shared"
        self.credentials = meter.top / "credentials"
        self.credentials.mkdir()
        (self.credentials / "shared-counters.password").write_text(password + "\n")
        if ca:
            (self.credentials / "shared-counters.ca").write_text(Path(ca).read_text())
        self.children = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        environment = os.environ | {"CREDENTIALS_DIRECTORY": str(self.credentials)}
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                self.children.append(subprocess.Popen([PROGRAM, str(self.meter.config)], stdin=peer, stdout=peer,
                                                      env=environment))

    def close(self):
        self.listener.close()
        for child in self.children:
            child.kill()
            child.wait()
