"""What a process of the cluster is told: read from the environment, validated before anything starts.

Secrets never show. Each variable is described where it is read; `docs/operations.md` lists them all.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from msgspec import Struct

from services.legal_time import LegalTimeConfig, legal_time_config
from shared.config import (
    ConfigError,
    Environment,
    HttpConfig,
    IdentityConfig,
    Secret,
    TelemetryConfig,
    http_config,
    identity_config,
    telemetry_config,
)
from shared.kafka.settings import KafkaSettings, kafka_settings


class ProcessConfig(Struct, frozen=True, kw_only=True):
    """What a process of the cluster is told.

    `database` is the DSN (a secret, for it holds a password), `schema` the service's own schema in it, `replica` the
    name of this process among its likes, `webhook_key_file` where the notifier's master key stands.
    """

    database: Secret
    schema: str
    replica: str
    kafka: KafkaSettings
    http: HttpConfig
    identity: IdentityConfig
    telemetry: TelemetryConfig
    legal_time: LegalTimeConfig
    webhook_key_file: Path

    @property
    def location(self) -> str:
        """The log's location; to be handed to `open_log` only."""
        dsn = self.database.reveal()
        return f"{dsn}{'&' if '?' in dsn else '?'}schema={self.schema}"


def process_config(environment: Environment, service: str) -> ProcessConfig:
    """`QIZHANG_DATABASE`, `QIZHANG_SCHEMA`, `QIZHANG_REPLICA`, `QIZHANG_WEBHOOK_KEY_FILE`, and those of the parts.

    Raises ConfigError naming the variable and what is expected.
    """
    database = environment.secret("QIZHANG_DATABASE")
    if database is None or not database.reveal().startswith(("postgresql://", "postgres://")):
        raise ConfigError(
            "QIZHANG_DATABASE is missing or wrong; expected: postgresql://user:password@host/database. "
            "未设置 QIZHANG_DATABASE 或其值不正确，应为 postgresql://用户:密码@主机/数据库。"
        )
    identity = identity_config(environment)
    if not identity.jwks_file and not identity.jwks_url:
        raise ConfigError(
            "Neither QIZHANG_JWKS_URL nor QIZHANG_JWKS_FILE is set; expected: where the JWK Set of the token issuer is. "
            "未设置 QIZHANG_JWKS_URL 或 QIZHANG_JWKS_FILE，应为令牌签发方 JWK Set 的地址或文件。"
        )
    return ProcessConfig(
        database=database,
        schema=environment.text("QIZHANG_SCHEMA", service),
        replica=environment.text("QIZHANG_REPLICA", f"{socket.gethostname()}-{os.getpid()}"),
        kafka=kafka_settings(environment),
        http=http_config(environment),
        identity=identity,
        telemetry=telemetry_config(environment),
        legal_time=legal_time_config(environment),
        webhook_key_file=environment.path("QIZHANG_WEBHOOK_KEY_FILE", "var/webhook-master.key") or Path(),
    )
