"""TLS at the gateway: HTTP/2 and HTTP/1.1 by ALPN, live streams over it, and certificates renewed while it runs."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import urllib.request

import pytest

import h2raw
import meshes
from meshes import eventually

pytestmark = pytest.mark.timeout(120)


def openssl(folder, name, days):
    """A certificate of its own authority for localhost."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days),
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / f"{name}.key",
         "-out", folder / f"{name}.pem"], check=True, capture_output=True)


@contextlib.contextmanager
def gateway(folder):
    """A gateway with its stores alone: what is asked here needs no service."""
    with meshes.running(start=("postgres", "redis")) as mesh:
        mesh.start_service("edge", {
            "TLS_CERT_FILE": folder / "shown.pem", "TLS_KEY_FILE": folder / "shown.key", "LOG_FORMAT": "json"})
        yield {"listen": mesh.ports["edge"], "ops": mesh.ports["edge-ops"], "log": mesh.folder / "log" / "edge.log"}


def install(folder, name):
    for ending in ("pem", "key"):
        shutil.copy(folder / f"{name}.{ending}", folder / f"new.{ending}")
        os.replace(folder / f"new.{ending}", folder / f"shown.{ending}")


def believing(folder, name, *protocols):
    context = ssl.create_default_context(cafile=folder / f"{name}.pem")
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def ask(folder, name, port, *protocols):
    """The protocol that was chosen and the answer to HTTP/1.1's question; raises when the certificate is another."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        with believing(folder, name, *protocols).wrap_socket(plain, server_hostname="localhost") as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return client.selected_alpn_protocol(), client.recv(4096)


def expiry(ports):
    with urllib.request.urlopen(f"http://127.0.0.1:{ports['ops']}/metrics", timeout=20) as response:
        for line in response.read().decode().splitlines():
            if line.startswith('tls_certificate_expiry_timestamp_seconds{setting="TLS_CERT_FILE"} '):
                return float(line.split()[1])
    return None


def test_a_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_never(tmp_path):
    openssl(tmp_path, "first", 10)
    openssl(tmp_path, "second", 90)
    install(tmp_path, "first")
    with gateway(tmp_path) as ports:
        port = ports["listen"]
        protocol, answer = ask(tmp_path, "first", port, "http/1.1")
        assert protocol == "http/1.1" and answer.startswith(b"HTTP/1.1 200 ")
        assert b"strict-transport-security" in answer.lower()
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/v1/deals/stream")]
        context = believing(tmp_path, "first", "h2")
        with h2raw.RawConnection(f"127.0.0.1:{port}", tls=context, timeout=20) as stream:
            stream.headers(1, fields, end_stream=True)
            assert stream.response_headers(1).status == 200
            before = expiry(ports)
            (tmp_path / "new.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
            os.replace(tmp_path / "new.pem", tmp_path / "shown.pem")
            log = ports["log"]
            eventually("it is told of", lambda: b"cannot be used" in log.read_bytes(), 20)
            assert ask(tmp_path, "first", port, "http/1.1")[1].startswith(b"HTTP/1.1 200 ")
            install(tmp_path, "second")

            def is_new():
                try:
                    return ask(tmp_path, "second", port, "http/1.1")
                except ssl.SSLCertVerificationError:
                    return None
            assert eventually("the new one is shown", is_new, 20)[1].startswith(b"HTTP/1.1 200 ")
            with pytest.raises(ssl.SSLCertVerificationError):
                ask(tmp_path, "first", port, "http/1.1")
            # Whoever is there stays, and is served.
            fields[3] = (":path", "/healthz")
            stream.headers(3, fields, end_stream=True)
            assert stream.response(3).status == 200
            assert expiry(ports) - before == pytest.approx(80 * 86_400, abs=60)
            assert log.read_bytes().count(b"cannot be used") <= 2
