"""Where the broker is and how to prove to it who we are, read from the environment once.

`QIZHANG_KAFKA` is required; `QIZHANG_KAFKA_PREFIX` lets several ledgers share a broker: it stands in front of the name
of every topic and every group.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Final, Literal

from aiokafka.helpers import create_ssl_context
from msgspec import Struct

from shared.config import ConfigError, Environment, Secret

BOOTSTRAP_VARIABLE: Final = "QIZHANG_KAFKA"
SASL_MECHANISM: Final = "SCRAM-SHA-512"

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SECURITIES: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


class KafkaSettings(Struct, frozen=True, kw_only=True):
    """The broker's address (`host:port`, several separated by commas), the prefix, and the means of proof."""

    bootstrap: str
    prefix: str = ""
    security: Security = "PLAINTEXT"
    username: str = ""
    password: Secret | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def topic(self, name: str) -> str:
        """The name of a topic on the broker."""
        return self.prefix + name

    def group(self, service: str) -> str:
        """The consumer group of a service: one for all its replicas."""
        return f"{self.prefix}qizhang.{service}"

    def client_options(self, client_id: str) -> dict[str, Any]:
        """What every client is made with."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "client_id": client_id,
            "security_protocol": self.security,
        }
        if self.security.endswith("SSL"):
            options["ssl_context"] = self._ssl_context()
        if self.security.startswith("SASL"):
            options |= {
                "sasl_mechanism": SASL_MECHANISM,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.reveal() if self.password else "",
            }
        return options

    def _ssl_context(self) -> ssl.SSLContext:
        context: ssl.SSLContext = create_ssl_context(
            cafile=_text(self.ca_file), certfile=_text(self.certificate_file), keyfile=_text(self.key_file)
        )
        return context


def kafka_settings(environment: Environment) -> KafkaSettings:
    """`QIZHANG_KAFKA` and `QIZHANG_KAFKA_{PREFIX,SECURITY,USERNAME,PASSWORD,CA_FILE,CERTIFICATE_FILE,KEY_FILE}`.

    Raises ConfigError for what is missing or wrong.
    """
    security: Any = environment.choice("QIZHANG_KAFKA_SECURITY", "PLAINTEXT", SECURITIES)
    password = environment.secret("QIZHANG_KAFKA_PASSWORD")
    if security.startswith("SASL") and password is None:
        environment.fault(
            ConfigError(
                f"QIZHANG_KAFKA_PASSWORD is not set; {security} needs it. "
                f"未设置 QIZHANG_KAFKA_PASSWORD，{security} 需要密码。"
            )
        )
    return KafkaSettings(
        bootstrap=environment.text(BOOTSTRAP_VARIABLE),
        prefix=environment.text("QIZHANG_KAFKA_PREFIX", "") or "",
        security=security,
        username=environment.text("QIZHANG_KAFKA_USERNAME") if security.startswith("SASL") else "",
        password=password,
        ca_file=environment.path("QIZHANG_KAFKA_CA_FILE"),
        certificate_file=environment.path("QIZHANG_KAFKA_CERTIFICATE_FILE"),
        key_file=environment.path("QIZHANG_KAFKA_KEY_FILE"),
    )


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
