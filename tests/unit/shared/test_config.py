"""Configuration is read once, typed, and complains by name; secrets show in no representation."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from shared.config import (
    OF_TESTS,
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
    http_config(environment)
    assert identity_config(environment) == IdentityConfig()
    with pytest.raises(ConfigError, match="QIZHANG_ISSUER is set, and qizhang run does not use it"):
        environment.refuse_unread("qizhang run")
    http_config(used := Environment({"QIZHANG_PORT": "1", "QIZHANG_TEST_KAFKA": "somewhere"}))
    used.refuse_unread("qizhang run")
