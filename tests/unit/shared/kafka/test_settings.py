"""What clients are told about the broker: encryption and credentials as configured, and no credential in any text."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.config import ConfigError, Environment
from shared.kafka.settings import SASL_MECHANISM, kafka_settings

BROKER = {"QIZHANG_KAFKA": "broker.example:9093"}
SASL = {"QIZHANG_KAFKA_USERNAME": "contracts", "QIZHANG_KAFKA_PASSWORD": "hunter2"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of one's own with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker.example")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


def test_a_plain_connection_is_the_default() -> None:
    options = kafka_settings(Environment(BROKER)).client_options("relay")
    assert options == {
        "bootstrap_servers": "broker.example:9093",
        "client_id": "relay",
        "security_protocol": "PLAINTEXT",
    }


def test_an_encrypted_connection_checks_the_broker_and_shows_a_certificate(certificate: Path) -> None:
    environment = BROKER | {
        "QIZHANG_KAFKA_SECURITY": "SSL",
        "QIZHANG_KAFKA_CA_FILE": str(certificate),
        "QIZHANG_KAFKA_CERTIFICATE_FILE": str(certificate),
        "QIZHANG_KAFKA_KEY_FILE": str(certificate),
    }
    context = kafka_settings(Environment(environment)).client_options("relay")["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [dict(entry[0] for entry in ca["subject"]) for ca in context.get_ca_certs()] == [
        {"commonName": "broker.example"}
    ]


@pytest.mark.parametrize("security", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_credentials_go_to_the_client_and_into_no_text(security: str) -> None:
    settings = kafka_settings(Environment(BROKER | SASL | {"QIZHANG_KAFKA_SECURITY": security}))
    options = settings.client_options("relay")
    assert options["security_protocol"] == security
    assert options["sasl_mechanism"] == SASL_MECHANISM
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("contracts", "hunter2")
    assert ("ssl_context" in options) == (security == "SASL_SSL")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "QIZHANG_KAFKA"),
        (BROKER | {"QIZHANG_KAFKA_SECURITY": "TLS"}, "QIZHANG_KAFKA_SECURITY"),
        (BROKER | {"QIZHANG_KAFKA_SECURITY": "SASL_SSL"}, "QIZHANG_KAFKA_PASSWORD"),
        (
            BROKER | {"QIZHANG_KAFKA_SECURITY": "SASL_SSL", "QIZHANG_KAFKA_PASSWORD": "hunter2"},
            "QIZHANG_KAFKA_USERNAME",
        ),
    ],
)
def test_what_is_missing_is_named_without_a_secret(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named) as refused:
        kafka_settings(Environment(variables))
    assert "hunter2" not in str(refused.value)
