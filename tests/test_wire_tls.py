"""The guarded session over real TLS: whose certificate is taken, and that the time runs there too."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import requests.adapters
from channels_support import Loopback, Reply, answer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from test_wire import PATIENCE, drip_of, outcome, session

from publisher.errors import EgressRefused
from publisher.model import Outcome

HOST = "localhost"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that signed itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


class Secured(Loopback):
    """A Loopback that speaks TLS."""

    def __init__(self, certificate: Path, reply: Reply) -> None:
        super().__init__(reply)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self.url = self.url.replace("http://127.0.0.1", f"https://{HOST}")

    def _talk(self, connection: Any) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                super()._talk(secured)
        except OSError:  # the other side does not trust it, as it should
            connection.close()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, taken for an authority's by requests."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))
    return certificate


def test_a_certificate_that_signed_itself_stops_everything(certificate: Path) -> None:
    """Nothing is sent to somebody who cannot prove to be the platform, whoever asks not to look; waiting does not help."""
    for more in ({}, {"verify": False}, {"verify": "/dev/null"}):
        with Secured(certificate, answer({"id": "7"})) as server, session(server.url) as wire:
            wire.verify = False
            assert (
                outcome(partial(wire.post, f"{server.url}/posts", json={"text": "a"}, **more)) is Outcome.STOP
            )
            assert server.requests == []


def test_nobody_else_opens_one(trusted: Path) -> None:
    """A library that reaches for the guard's pool is refused before anything is opened, and not only before it asks."""
    with Secured(trusted, answer({"id": "7"})) as server, session(server.url) as wire:
        with pytest.raises(EgressRefused):
            cast("Any", wire.get_adapter("")).poolmanager.request(
                "GET", f"{server.url}/posts/7", retries=False
            )
        assert server.connections == 0


def test_a_trusted_one_is_spoken_to(trusted: Path) -> None:
    """The guard's own connections are secured as requests' are."""
    with Secured(trusted, answer({"id": "7"})) as server, session(server.url) as wire:
        assert wire.post(f"{server.url}/posts", json={"text": "a"}).json() == {"id": "7"}


def test_the_time_runs_there_too(trusted: Path) -> None:
    """A head that comes a few bytes at a time holds nothing up."""
    began = time.monotonic()
    with (
        Secured(trusted, drip_of(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n")) as server,
        session(server.url, timeout=0.5) as wire,
    ):
        assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
    assert time.monotonic() - began < PATIENCE
