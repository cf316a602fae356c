"""Configuration is read once, typed, and complains by name; secrets show in no representation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from shared.config import ConfigError, Environment, Secret, http_config, identity_config, telemetry_config


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
