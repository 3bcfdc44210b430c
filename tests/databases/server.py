"""A MariaDB of our own, for what only a real server can say: who may do what. It asks for TLS, as Aurora does here.

Where it comes from is `make dev`'s to say (ops/dev/programs.py).
"""

import datetime
import json
import os
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pymysql.connections import Connection

from ops.dev.programs import MARIADB, Program, find

PASSWORD = "of-the-master"  # of a server that listens on this machine only, for as long as the tests run
STARTS_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that runs."""

    port: int
    authority: Path  # the certificate that its own is signed by

    @property
    def master(self) -> Mapping[str, Any]:
        """As the secret in Secrets Manager says it."""
        return {"host": "localhost", "port": self.port, "username": "platform", "password": PASSWORD}

    def log_in(self, user: str, password: str) -> "Connection[Any]":
        return pymysql.connect(
            host="localhost", port=self.port, user=user, password=password, ssl_ca=str(self.authority), autocommit=True
        )


@contextmanager
def running(folder: Path) -> Generator[Server]:
    """Start one with its data below a folder; it ends with the block."""
    found = find(MARIADB)
    authority = _certificates(folder)
    data, port = folder / "data", _free_port()
    data.joinpath("mysql").mkdir(parents=True)
    program = str(found.path)
    options = [
        "--no-defaults",
        f"--datadir={data}",
        f"--lc-messages-dir={found.share}",
        f"--character-sets-dir={found.share / 'charsets'}",
        f"--tmpdir={folder}",
        f"--plugin-dir={folder}",  # none is needed
        *(["--user=root"] if os.geteuid() == 0 else []),
    ]
    with (folder / "log").open("w") as log:
        subprocess.run(
            [program, *options, "--bootstrap"],
            input=_first(found),
            text=True,
            env=found.environment,
            stdout=log,
            stderr=log,
            check=True,
        )
        daemon = subprocess.Popen(
            [
                program,
                *options,
                "--bind-address=127.0.0.1",
                f"--port={port}",
                f"--socket={folder / 'socket'}",
                f"--ssl-ca={authority}",
                f"--ssl-cert={folder / 'server.pem'}",
                f"--ssl-key={folder / 'server.key'}",
                "--require-secure-transport=ON",
            ],
            env=found.environment,
            stdout=log,
            stderr=log,
        )
        server = Server(port=port, authority=authority)
        try:
            _wait(server, daemon, folder / "log")
            yield server
        finally:
            daemon.terminate()
            daemon.wait()


def _first(found: Program) -> str:
    """What the data begins with: MySQL's own tables, and the master with the rights that it has in Aurora."""
    parts = ("system_tables", "system_tables_data")
    tables = [next(found.share.glob(f"m*_{part}.sql")).read_text() for part in parts]  # mysql_, since 11 mariadb_
    # Not all: in Aurora nobody is SUPER or reads files.
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html
    rights = (
        "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, "
        "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, "
        "CREATE USER, EVENT, TRIGGER"
    )
    master = f"""
FLUSH PRIVILEGES;
CREATE USER 'platform'@'%' IDENTIFIED BY {json.dumps(PASSWORD)};
GRANT {rights} ON *.* TO 'platform'@'%' WITH GRANT OPTION;
"""
    return "\n".join(["CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;", *tables, master])


def _certificates(folder: Path) -> Path:
    """An authority, and one for localhost that it has signed; as RDS has them."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost")]  # and not 127.0.0.1
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer, subject = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("Test Authority", "localhost")
    )

    def certificate(of: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(issuer_name=issuer, subject_name=of, public_key=public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        return made.not_valid_after(now + datetime.timedelta(days=1)).add_extension(
            x509.BasicConstraints(ca=of == issuer, path_length=None), critical=True
        )

    pem = serialization.Encoding.PEM
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    root = certificate(issuer, authority_key.public_key()).add_extension(identifier, critical=False)
    root = root.add_extension(usage, critical=True)
    leaf = certificate(subject, key.public_key()).add_extension(x509.SubjectAlternativeName(names), critical=False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
    (folder / "authority.pem").write_bytes(root.sign(authority_key, hashes.SHA256()).public_bytes(pem))
    (folder / "server.pem").write_bytes(leaf.sign(authority_key, hashes.SHA256()).public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "authority.pem"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait(server: Server, daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + STARTS_SECONDS
    while True:
        try:
            server.log_in("platform", PASSWORD).close()
        except pymysql.err.OperationalError:
            if daemon.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"MariaDB does not answer:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.2)
        else:
            return
