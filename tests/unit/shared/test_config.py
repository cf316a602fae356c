"""Configuration is read once, typed, and complains by name; secrets show in no representation."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from services.hosting.process_config import process_config
from shared.config import (
    OF_TESTS,
    SECRET_BYTES_MAX,
    SECRETS,
    SETTINGS,
    ConfigError,
    Environment,
    IdentityConfig,
    Secret,
    http_config,
    identity_config,
    process_environment,
    telemetry_config,
)


def test_without_variables_the_ledger_listens_on_this_machine_and_sends_nothing_anywhere() -> None:
    nothing = Environment({})
    assert (http_config(nothing).host, http_config(nothing).port) == ("127.0.0.1", 8080)
    assert identity_config(nothing).jwks_file is None
    assert telemetry_config(nothing).otlp_endpoint == ""


def test_variables_are_read_by_type() -> None:
    environment = Environment(
        {
            "QIZHANG_PORT": "0",
            "QIZHANG_BODY_BYTES_MAX": "2048",
            "QIZHANG_JWKS_FILE": "/etc/qizhang/jwks.json",
            "QIZHANG_ISSUER": "https://login.example",
            "QIZHANG_AUDIENCE": "qizhang",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        }
    )
    assert (http_config(environment).port, http_config(environment).body_bytes_max) == (0, 2048)
    assert identity_config(environment).jwks_file == Path("/etc/qizhang/jwks.json")
    assert telemetry_config(environment).otlp_endpoint == "http://collector:4318"


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("QIZHANG_PORT", "web", http_config),
        ("QIZHANG_PORT", "65536", http_config),
        ("QIZHANG_PORT", "99999", http_config),
        ("QIZHANG_PORT", "-1", http_config),
        ("QIZHANG_PORT", "8_080", http_config),
        ("QIZHANG_PORT", "８０８０", http_config),
        ("QIZHANG_PORT", " 8080", http_config),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1", telemetry_config),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://", telemetry_config),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:99999", telemetry_config),
        ("QIZHANG_BODY_BYTES_MAX", "999", http_config),
        ("QIZHANG_LOG_LEVEL", "loud", telemetry_config),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", telemetry_config),
    ],
)
def test_a_wrong_variable_is_named_in_both_languages_and_its_value_is_not(
    name: str, value: str, read: Callable[[Environment], Any]
) -> None:
    with pytest.raises(ConfigError, match=rf"{name} is wrong; expected: .*{name} 的值不正确") as refused:
        read(Environment({name: value}))
    assert value not in str(refused.value)


def test_a_variable_that_another_one_needs_is_named() -> None:
    with pytest.raises(ConfigError, match=r"QIZHANG_ISSUER is not set.*未设置 QIZHANG_ISSUER"):
        identity_config(Environment({"QIZHANG_JWKS_FILE": "jwks.json"}))


def test_an_empty_variable_counts_as_not_set() -> None:
    assert http_config(Environment({"QIZHANG_PORT": ""})).port == 8080


class Holder(Struct, frozen=True):
    """A configuration with a secret in it."""

    password: Secret


def test_a_secret_shows_in_no_representation() -> None:
    secret = Environment({"QIZHANG_PASSWORD": "hunter2"}).secret("QIZHANG_PASSWORD")
    assert secret is not None
    assert secret.reveal() == "hunter2"
    shown = [repr(secret), str(secret), f"{secret}", f"{Holder(secret)!r}", f"{[secret]}"]
    assert not [text for text in shown if "hunter2" in text]
    with pytest.raises(TypeError):
        msgspec.json.encode(Holder(secret))
    assert secret == Secret("hunter2") != Secret("hunter3")
    assert Environment({}).secret("QIZHANG_PASSWORD") is None


def test_a_variable_of_ours_that_nothing_reads_is_refused_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QIZHANG_SHCEMA", "contracts")
    with pytest.raises(ConfigError, match=r"no setting QIZHANG_SHCEMA; did you mean QIZHANG_SCHEMA\?"):
        process_environment()


def test_every_setting_that_is_read_is_known_and_every_known_one_is_read() -> None:
    sources = [path.read_text() for folder in ("shared", "services") for path in Path(folder).rglob("*.py")]
    listed = re.compile(r"SETTINGS: Final = frozenset\(.*?\n\)", re.DOTALL)
    read = {name for source in sources for name in re.findall(r'"(QIZHANG_[A-Z_]+[A-Z])"', listed.sub("", source))}
    assert {name for name in read if not name.startswith(OF_TESTS)} == SETTINGS


def test_what_is_set_and_not_used_is_refused() -> None:
    environment = Environment({"QIZHANG_ISSUER": "https://id.example", "QIZHANG_PORT": "1", "HOME": "there"})
    unused = pytest.raises(ConfigError, match="QIZHANG_ISSUER is set, and qizhang run does not use it")
    with unused, environment.whole("qizhang run"):
        http_config(environment)
        assert identity_config(environment) == IdentityConfig()
    used = Environment({"QIZHANG_PORT": "1", "QIZHANG_TEST_KAFKA": "somewhere"})
    with used.whole("qizhang run"):
        http_config(used)


FAULTS = {
    "QIZHANG_DATABASE": "mysql://u:hunter2@db/l",
    "QIZHANG_KAFKA_SECURITY": "SASL_SSL",
    "QIZHANG_PORT": "web",
    "QIZHANG_LEASE_S": "0",
    "QIZHANG_GRACE_S": "0",
    "QIZHANG_JWKS_FILE": "keys.json",
    "QIZHANG_JWKS_URL": "https://id.example/jwks",
    "QIZHANG_LOG_LEVEL": "loud",
    "QIZHANG_SHCEMA": "contracts",
    "QIZHANG_KAFKA_PASSWORD_FILE": "/nowhere/password",
}
NOT_SET = {"QIZHANG_KAFKA", "QIZHANG_KAFKA_USERNAME", "QIZHANG_ISSUER", "QIZHANG_AUDIENCE"}


def test_a_process_is_told_all_that_is_wrong_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        process_config(Environment(FAULTS), "contracts")
    told = str(refused.value)
    lines = told.splitlines()
    # What a line is about, it names first; the way to log in is right, and needs what is not set.
    about = sorted(re.findall(r"QIZHANG_\w+", line)[0] for line in lines)
    assert about == sorted({*FAULTS, *NOT_SET} - {"QIZHANG_KAFKA_SECURITY", "QIZHANG_JWKS_FILE"})
    assert "hunter2" not in told and "/nowhere" not in told


def test_a_fault_that_stands_alone_is_raised_where_it_is_read() -> None:
    environment = Environment({"QIZHANG_PORT": "web"})
    with pytest.raises(ConfigError), environment.whole("qizhang run"):
        assert http_config(environment).port == 8080
    with pytest.raises(ConfigError):
        http_config(environment)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("postgresql://u:hunter2@db/l\n")
    named = {"QIZHANG_DATABASE_FILE": str(tmp_path / "dsn")}
    assert Environment(named).secret("QIZHANG_DATABASE") == Secret("postgresql://u:hunter2@db/l")
    with pytest.raises(ConfigError, match="QIZHANG_DATABASE and QIZHANG_DATABASE_FILE are both set"):
        Environment({**named, "QIZHANG_DATABASE": "postgresql://db/l"}).secret("QIZHANG_DATABASE")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * (SECRET_BYTES_MAX + 1)])
def test_a_file_without_a_secret_is_named_by_its_variable(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    environment = Environment({"QIZHANG_KAFKA_PASSWORD_FILE": str(tmp_path / "password")})
    with pytest.raises(ConfigError, match="QIZHANG_KAFKA_PASSWORD_FILE is wrong") as refused:
        environment.secret("QIZHANG_KAFKA_PASSWORD")
    assert "xx" not in str(refused.value)


def test_every_secret_that_is_read_may_stand_in_a_file() -> None:
    sources = [path.read_text() for folder in ("shared", "services") for path in Path(folder).rglob("*.py")]
    assert {name for source in sources for name in re.findall(r'\.secret\("(\w+)"\)', source)} == SECRETS
