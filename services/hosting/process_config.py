"""What a process of the cluster is told: read from the environment, validated before anything starts.

Secrets never show. Each variable is described where it is read; `docs/operations.md` lists them all.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from msgspec import Struct

from services.hosting.legal_time import LegalTimeConfig, legal_time_config
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
from shared.eventstore.leased import LEASE_LIFE_S
from shared.kafka.consumer import SESSION_TIMEOUT_MS
from shared.kafka.publisher import PUBLISH_TIMEOUT_S
from shared.kafka.settings import KafkaSettings, kafka_settings

# A lease or a session that is shorter is lost to a busy machine; one that is longer keeps others waiting.
BUS_TIME_MIN_S = 1.0
BUS_TIME_MAX_S = 300.0


class BusTimes(Struct, frozen=True, kw_only=True):
    """How soon replicas notice each other's end: `lease_s` that of the relay and of the sender of notices,
    `session_s` that of a consumer.

    `publish_s` is how long a chunk may be on its way to the broker before it counts as failed.
    """

    lease_s: float = LEASE_LIFE_S
    session_s: float = SESSION_TIMEOUT_MS / 1000
    publish_s: float = PUBLISH_TIMEOUT_S


class ProcessConfig(Struct, frozen=True, kw_only=True):
    """What a process of the cluster is told.

    `database` is the DSN (a secret, for it holds a password), `schema` the service's own schema in it, `replica` the
    name of this process among its likes, `webhook_key_file` where the notifier's master key stands,
    `inbound_keys_file` the keys of the internal systems that may send commands over Kafka (None: nobody may).
    """

    database: Secret
    schema: str
    replica: str
    kafka: KafkaSettings
    bus_times: BusTimes
    http: HttpConfig
    identity: IdentityConfig
    telemetry: TelemetryConfig
    legal_time: LegalTimeConfig
    webhook_key_file: Path
    inbound_keys_file: Path | None = None

    @property
    def location(self) -> str:
        """The log's location; to be handed to `open_log` only."""
        dsn = self.database.reveal()
        return f"{dsn}{'&' if '?' in dsn else '?'}schema={self.schema}"


def process_config(environment: Environment, service: str) -> ProcessConfig:
    """`QIZHANG_DATABASE`, `QIZHANG_SCHEMA`, `QIZHANG_REPLICA`, `QIZHANG_WEBHOOK_KEY_FILE`,
    `QIZHANG_INBOUND_KEYS_FILE`, and those of the parts.

    Raises ConfigError that names everything that is missing, wrong or not used, with what is expected.
    """
    with environment.whole(f"python -m services.{service}"):
        return ProcessConfig(
            database=_database(environment),
            schema=environment.text("QIZHANG_SCHEMA", service),
            replica=environment.text("QIZHANG_REPLICA", f"{socket.gethostname()}-{os.getpid()}"),
            kafka=kafka_settings(environment),
            bus_times=_bus_times(environment),
            http=http_config(environment),
            identity=_identity(environment),
            telemetry=telemetry_config(environment),
            legal_time=legal_time_config(environment),
            webhook_key_file=environment.path("QIZHANG_WEBHOOK_KEY_FILE", "var/webhook-master.key") or Path(),
            inbound_keys_file=environment.path("QIZHANG_INBOUND_KEYS_FILE"),
        )


def _database(environment: Environment) -> Secret:
    database = environment.secret("QIZHANG_DATABASE") or Secret("")
    if not database.reveal().startswith(("postgresql://", "postgres://")):
        environment.fault(
            ConfigError(
                "QIZHANG_DATABASE is missing or wrong; expected: postgresql://user:password@host/database. "
                "未设置 QIZHANG_DATABASE 或其值不正确，应为 postgresql://用户:密码@主机/数据库。"
            )
        )
    return database


def _identity(environment: Environment) -> IdentityConfig:
    identity = identity_config(environment)
    if not identity.jwks_file and not identity.jwks_url:
        environment.fault(
            ConfigError(
                "Neither QIZHANG_JWKS_URL nor QIZHANG_JWKS_FILE is set; expected: where the issuer's JWK Set is. "
                "未设置 QIZHANG_JWKS_URL 或 QIZHANG_JWKS_FILE，应为令牌签发方 JWK Set 的地址或文件。"
            )
        )
    return identity


def _bus_times(environment: Environment) -> BusTimes:
    """`QIZHANG_LEASE_S`, `QIZHANG_SESSION_TIMEOUT_S` and `QIZHANG_PUBLISH_TIMEOUT_S`."""

    def seconds(name: str, default: float) -> float:
        return environment.seconds(name, default, minimum=BUS_TIME_MIN_S, maximum=BUS_TIME_MAX_S)

    usual = BusTimes()
    return BusTimes(
        lease_s=seconds("QIZHANG_LEASE_S", usual.lease_s),
        session_s=seconds("QIZHANG_SESSION_TIMEOUT_S", usual.session_s),
        publish_s=seconds("QIZHANG_PUBLISH_TIMEOUT_S", usual.publish_s),
    )
