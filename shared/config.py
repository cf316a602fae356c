"""Configuration: the only reader of the environment, and the frozen values that the parts of a process are given.

Every variable is read once at the start through a typed reader; an error names the variable and what is expected,
never its value. Secrets are `Secret` values, whose text appears in no representation; each may stand in a file instead,
which `<name>_FILE` names. A process reads `whole`, and is told everything that is wrong at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from shared.kernel.urls import LOOPBACK_HOSTS, PORT_MAX

PORT_DEFAULT: Final = 8080
DATA_FOLDER_DEFAULT: Final = "var"
# A request holds hashes and locations, never files, so the largest is a contract with its terms.
BODY_BYTES_MAX_DEFAULT: Final = 256 * 1024

# Whatever begins so is ours, and a name that nothing reads is a mistake that would be found out by its consequences.
PREFIX: Final = "QIZHANG_"
# Read by tests, and by what lets them stop a process at a named place.
OF_TESTS: Final = ("QIZHANG_TEST_", "QIZHANG_FAILPOINTS")

SETTINGS: Final = frozenset(
    {
        "QIZHANG_AUDIENCE",
        "QIZHANG_BODY_BYTES_MAX",
        "QIZHANG_DATABASE",
        "QIZHANG_GRACE_S",
        "QIZHANG_HOST",
        "QIZHANG_INBOUND_KEYS_FILE",
        "QIZHANG_ISSUER",
        "QIZHANG_JWKS_FILE",
        "QIZHANG_JWKS_URL",
        "QIZHANG_KAFKA",
        "QIZHANG_KAFKA_CA_FILE",
        "QIZHANG_KAFKA_CERTIFICATE_FILE",
        "QIZHANG_KAFKA_KEY_FILE",
        "QIZHANG_KAFKA_PASSWORD",
        "QIZHANG_KAFKA_PREFIX",
        "QIZHANG_KAFKA_SECURITY",
        "QIZHANG_KAFKA_USERNAME",
        "QIZHANG_LEASE_S",
        "QIZHANG_LEGAL_CLOCK_FILE",
        "QIZHANG_LOG_LEVEL",
        "QIZHANG_PORT",
        "QIZHANG_PUBLISH_TIMEOUT_S",
        "QIZHANG_REPLICA",
        "QIZHANG_SCHEMA",
        "QIZHANG_SESSION_TIMEOUT_S",
        "QIZHANG_WEBHOOK_KEY_FILE",
    }
)

# What may stand in a file that `<name>_FILE` names, as orchestrators hand secrets over.
SECRETS: Final = frozenset({"QIZHANG_DATABASE", "QIZHANG_KAFKA_PASSWORD"})
SECRET_BYTES_MAX: Final = 64 * 1024
KNOWN: Final = SETTINGS | {f"{name}_FILE" for name in SECRETS}

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")

Value = TypeVar("Value")


class ConfigError(Exception):
    """A variable is missing or wrong; the text names it and what is expected, in both languages."""


class Secret:
    """A text that must not be seen: `reveal` is the only way to it, everything else shows stars."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Environment:
    """Typed readers over a mapping of variables; `process_environment()` is the one over the real environment."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._read: set[str] = set()
        self._faults: list[ConfigError] | None = None

    @contextmanager
    def whole(self, program: str) -> Iterator[None]:
        """Everything is read in the block, and all that is wrong is raised at its end as one ConfigError.

        Until then a reader gives its default, or nothing, for what is missing or wrong. Variables of ours that nothing
        has read are wrong, too: what is set and ignored would be believed in.
        """
        faults = self._faults = []
        try:
            yield
        finally:
            self._faults = None
        faults += [
            _unknown(name) if name not in KNOWN else _unused(name, program)
            for name in _ours(self._variables)
            if name not in self._read
        ]
        if faults:
            raise ConfigError("\n".join(dict.fromkeys(map(str, faults))))

    def fault(self, error: ConfigError) -> None:
        """Something is missing or wrong: raise it, or keep it while all is read."""
        if self._faults is None:
            raise error
        self._faults.append(error)

    def _get(self, name: str) -> str | None:
        self._read.add(name)
        return self._variables.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default the variable must be there and not be empty."""
        found = self._get(name) or default
        if found is None:
            self.fault(_missing(name, "a text", "一段文字"))
        return found or ""

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """A whole number within bounds."""
        expected = (f"a whole number from {minimum} to {maximum}", f"{minimum} 到 {maximum} 的整数")
        return self._parsed(name, default, _whole, lambda number: minimum <= number <= maximum, expected)

    def seconds(self, name: str, default: float, *, minimum: float, maximum: float) -> float:
        """A duration in seconds within bounds."""
        expected = (f"seconds from {minimum:g} to {maximum:g}", f"{minimum:g} 到 {maximum:g} 的秒数")
        return self._parsed(name, default, float, lambda number: minimum <= number <= maximum, expected)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        listed = ", ".join(choices)
        return self._parsed(name, default, str, lambda word: word in choices, (f"one of {listed}", f"{listed} 之一"))

    def path(self, name: str, default: str | None = None) -> Path | None:
        """A path, or None when neither the variable nor a default is there."""
        found = self._get(name) or default
        return Path(found) if found else None

    def url(self, name: str, default: str = "") -> str:
        """An http or https URL, or the default."""
        expected = ("an http or https URL", "http 或 https 地址")
        return self._parsed(name, default, _web_address, lambda text: True, expected)

    def secret(self, name: str) -> Secret | None:
        """A secret, from the variable or from the file that `<name>_FILE` names; None when neither is there."""
        found, file = self._get(name), self._get(f"{name}_FILE")
        if found and file:
            self.fault(_both(name, f"{name}_FILE"))
        elif file:
            return Secret(self._content(f"{name}_FILE", Path(file)))
        return Secret(found) if found else None

    def _content(self, name: str, file: Path) -> str:
        """The text in a file; a line break at its end is the editor's."""
        try:
            with file.open("rb") as opened:
                text = opened.read(SECRET_BYTES_MAX + 1).decode().rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            text = ""
        if not 0 < len(text) <= SECRET_BYTES_MAX:
            self.fault(_wrong(name, "a file with the secret, which can be read", "可读取且内容为该密钥的文件"))
        return text

    def _parsed(
        self,
        name: str,
        default: Value,
        parse: Callable[[str], Value],
        holds: Callable[[Value], bool],
        expected: tuple[str, str],
    ) -> Value:
        text = self._get(name)
        if not text:
            return default
        try:
            value = parse(text)
        except ValueError:
            self.fault(_wrong(name, *expected))
            return default
        if not holds(value):
            self.fault(_wrong(name, *expected))
        return value


def _whole(text: str) -> int:
    """`int` would also take blanks, underscores and digits of other scripts."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("no whole number")
    return int(text)


def _web_address(text: str) -> str:
    """An address with a host and, if any, a port that exists; names of hosts inside a cluster may be of any kind."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("no address")
    return text


def process_environment(*, whole: bool = False) -> Environment:
    """The environment of this process.

    Raises ConfigError for variables of ours that do not exist; with `whole` that is left to `Environment.whole`.
    """
    unknown = [] if whole else [str(_unknown(name)) for name in _ours(os.environ) if name not in KNOWN]
    if unknown:
        raise ConfigError("\n".join(unknown))
    return Environment(os.environ)


def _ours(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(PREFIX) and not name.startswith(OF_TESTS))


def _unknown(name: str) -> ConfigError:
    near = get_close_matches(name, KNOWN, n=1)
    meant_en, meant_zh = (f"; did you mean {near[0]}?", f"，是否指 {near[0]}？") if near else (".", "。")
    return ConfigError(f"There is no setting {name}{meant_en} 没有名为 {name} 的设置{meant_zh}")


def _unused(name: str, program: str) -> ConfigError:
    return ConfigError(
        f"{name} is set, and {program} does not use it with the other settings; unset it. "
        f"已设置 {name}，但在当前配置下 {program} 不使用它，请取消设置。"
    )


def _both(name: str, other: str) -> ConfigError:
    return ConfigError(f"{name} and {other} are both set; expected: one of them. {name} 与 {other} 只能设置其一。")


def _spaced(text_zh: str) -> str:
    """What stands behind a Chinese word: figures and Latin letters stand apart from it."""
    return f" {text_zh}" if text_zh[0].isascii() else text_zh


def _missing(name: str, expected_en: str, expected_zh: str) -> ConfigError:
    return ConfigError(f"{name} is not set; expected: {expected_en}. 未设置 {name}，应为{_spaced(expected_zh)}。")


def _wrong(name: str, expected_en: str, expected_zh: str) -> ConfigError:
    return ConfigError(f"{name} is wrong; expected: {expected_en}. {name} 的值不正确，应为{_spaced(expected_zh)}。")


class HttpConfig(Struct, frozen=True, kw_only=True):
    """Where the HTTP edge listens, and the largest body it reads."""

    host: str = "127.0.0.1"
    port: int = PORT_DEFAULT
    body_bytes_max: int = BODY_BYTES_MAX_DEFAULT

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can ask: a ledger for development."""
        return self.host in LOOPBACK_HOSTS


class IdentityConfig(Struct, frozen=True, kw_only=True):
    """Whom the ledger believes: the issuer and audience that a token must name exactly, and the issuer's keys.

    The keys come from `jwks_url`, or from `jwks_file`; with neither only the development issuer of the embedded mode
    can be used.
    """

    issuer: str = ""
    audience: str = ""
    jwks_file: Path | None = None
    jwks_url: str = ""


class TelemetryConfig(Struct, frozen=True, kw_only=True):
    """Where spans and metrics go (nowhere by default), and from which level logs are written."""

    otlp_endpoint: str = ""
    log_level: str = "INFO"


def http_config(environment: Environment) -> HttpConfig:
    """`QIZHANG_HOST`, `QIZHANG_PORT` (0: any free port) and `QIZHANG_BODY_BYTES_MAX`."""
    return HttpConfig(
        host=environment.text("QIZHANG_HOST", "127.0.0.1"),
        port=environment.integer("QIZHANG_PORT", PORT_DEFAULT, minimum=0, maximum=PORT_MAX),
        body_bytes_max=environment.integer(
            "QIZHANG_BODY_BYTES_MAX", BODY_BYTES_MAX_DEFAULT, minimum=1024, maximum=16 * 1024 * 1024
        ),
    )


def identity_config(environment: Environment) -> IdentityConfig:
    """`QIZHANG_JWKS_URL` or `QIZHANG_JWKS_FILE`, and with it `QIZHANG_ISSUER` and `QIZHANG_AUDIENCE`."""
    jwks_file = environment.path("QIZHANG_JWKS_FILE")
    jwks_url = environment.url("QIZHANG_JWKS_URL")
    if jwks_file and jwks_url:
        environment.fault(_both("QIZHANG_JWKS_URL", "QIZHANG_JWKS_FILE"))
    if not jwks_file and not jwks_url:
        return IdentityConfig()
    return IdentityConfig(
        issuer=environment.text("QIZHANG_ISSUER"),
        audience=environment.text("QIZHANG_AUDIENCE"),
        jwks_file=jwks_file,
        jwks_url=jwks_url,
    )


def telemetry_config(environment: Environment) -> TelemetryConfig:
    """`OTEL_EXPORTER_OTLP_ENDPOINT` and `QIZHANG_LOG_LEVEL`."""
    return TelemetryConfig(
        otlp_endpoint=environment.url("OTEL_EXPORTER_OTLP_ENDPOINT"),
        log_level=environment.choice("QIZHANG_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    )
