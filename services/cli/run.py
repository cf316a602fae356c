"""`qizhang run`: the embedded ledger until it is interrupted, with addresses and development tokens printed."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from pathlib import Path

from msgspec import Struct, structs

from services.cli.arguments import BilingualParser, folder, host, port
from services.hosting.embedded import EmbeddedLedger
from services.hosting.folder_lock import FolderInUse
from shared.config import (
    DATA_FOLDER_DEFAULT,
    PORT_DEFAULT,
    Environment,
    HttpConfig,
    IdentityConfig,
    http_config,
    identity_config,
    process_environment,
    telemetry_config,
)
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.urls import PORT_MAX
from shared.membership.own import ForeignLedger
from shared.telemetry.logs import configure_logging
from shared.telemetry.setup import telemetry
from shared.web.server import run as run_loop

EXIT_OK = 0
EXIT_CANNOT_START = 1

CANNOT_LISTEN = frozenset({errno.EADDRNOTAVAIL, errno.EACCES, errno.EAFNOSUPPORT})

TENANT = "demo"
CUSTOMER = "acme"
PROVIDER = "cloud"


class Person(Struct, frozen=True):
    """Somebody of the walk in the README; nobody is on both sides (R-423)."""

    subject: str
    organisation: str
    role_zh: str
    role_en: str
    grants: tuple[str, ...] = ()
    # Empty for the tenant of the walk.
    tenant: str = ""


PEOPLE = (
    Person("zhang", CUSTOMER, "甲方项目经理", "project manager of the customer"),
    Person("li", CUSTOMER, "甲方验收人", "acceptor of the customer"),
    Person("zhao", CUSTOMER, "甲方签署人", "signatory of the customer", ("signatory",)),
    Person("sun", CUSTOMER, "甲方业务负责人", "business owner of the customer"),
    Person("qian", CUSTOMER, "甲方项目总监", "director of the customer"),
    Person("wang", PROVIDER, "乙方项目经理", "project manager of the provider"),
    Person("chen", PROVIDER, "乙方签署人", "signatory of the provider", ("signatory",)),
    Person("liu", PROVIDER, "乙方业务负责人", "business owner of the provider"),
    Person("yang", PROVIDER, "乙方项目总监", "director of the provider"),
    Person("auditor", "audit", "审计", "auditor", ("auditor",)),
    Person("finance", "finance", "财务", "finance", ("finance",)),
    Person(
        "operator",
        "operations",
        "运维与目录管理",
        "operator and catalogue",
        ("operator", "catalog_admin"),
        CATALOG_TENANT,
    ),
)


def run(argv: list[str]) -> int:
    """The command; exit code 1 when the ledger cannot start."""
    environment = process_environment(whole=True)
    with environment.whole("qizhang run"):
        arguments = _parser(environment).parse_args(argv)
        settings = telemetry_config(environment)
        http = structs.replace(http_config(environment), host=arguments.host, port=arguments.port)
        identity = identity_config(environment)
    configure_logging("ledger", settings.log_level)
    with telemetry(settings, "ledger"):
        return run_loop(_serve(arguments.data, http, identity))


async def _serve(folder: Path, http: HttpConfig, identity: IdentityConfig) -> int:
    try:
        async with EmbeddedLedger(folder, http=http, identity=identity) as ledger:
            print(welcome(ledger), flush=True)
            await _interrupted()
    except (ForeignLedger, FolderInUse) as error:
        print(f"qizhang run: {error}", file=sys.stderr)
        return EXIT_CANNOT_START
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            print(port_in_use(http), file=sys.stderr)
        elif error.errno in CANNOT_LISTEN or isinstance(error, socket.gaierror):
            print(cannot_listen(http, error), file=sys.stderr)
        else:
            raise
        return EXIT_CANNOT_START
    return EXIT_OK


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    await stop.wait()


def port_in_use(http: HttpConfig) -> str:
    """What to do when somebody else listens there."""
    another = http.port + 1 if http.port < PORT_MAX else PORT_DEFAULT
    return (
        f"qizhang run: {http.host}:{http.port} is in use; stop the other process, or choose another port: "
        f"qizhang run --port {another}\n"
        f"qizhang run：{http.host}:{http.port} 已被占用；请停止占用该端口的进程，或改用其他端口："
        f"qizhang run --port {another}"
    )


def cannot_listen(http: HttpConfig, error: OSError) -> str:
    """An address that is not this machine's, or a port that this user may not have."""
    return (
        f"qizhang run: cannot listen on {http.host}:{http.port} ({error.strerror}); choose --host and --port\n"
        f"qizhang run：无法监听 {http.host}:{http.port}（{error.strerror}）；请另行指定 --host 与 --port"
    )


def welcome(ledger: EmbeddedLedger) -> str:
    """What a person needs to begin: where the ledger is, who may act, and where the walk starts."""
    lines = [
        "",
        f"契账已启动 / Qizhang is running: {ledger.base_url}",
        f"  接口文档 / API: {ledger.base_url}/docs   OpenAPI: {ledger.base_url}/openapi.json",
        f"  探针 / probes:  {ledger.base_url}/livez  {ledger.base_url}/readyz",
        f"  数据 / data:    {ledger.folder}/",
        "",
        *(_development_tokens(ledger) if ledger.issuer else _provider(ledger)),
        "按 Ctrl-C 停止 / Ctrl-C stops.",
    ]
    return "\n".join(lines)


def _provider(ledger: EmbeddedLedger) -> list[str]:
    return [f"令牌由身份提供方签发 / tokens are issued by {ledger.identity.issuer}", ""]


def _development_tokens(ledger: EmbeddedLedger) -> list[str]:
    return [
        f"开发令牌（租户 {TENANT}，12 小时内有效）/ Development tokens (tenant {TENANT}, valid for 12 hours).",
        "以下各行请粘贴到另一个终端 / Paste these lines into a second terminal:",
        "",
        *token_lines(ledger),
        "",
        "接下来请按 README.zh.md “用 curl 走一遍” 操作 / Continue with README.md, “A walk with curl”.",
    ]


def token_lines(ledger: EmbeddedLedger) -> list[str]:
    """A variable for each person, as a shell takes them; a comment holds nothing that a shell would read as syntax."""
    lines = []
    for person in PEOPLE:
        token = ledger.token(person.subject, person.organisation, person.tenant or TENANT, person.grants)
        elsewhere = f", 租户 tenant {person.tenant}" if person.tenant else ""
        lines.append(f"# {person.role_zh} / {person.role_en}: {person.subject}, {person.organisation}{elsewhere}")
        lines.append(f"{person.subject.upper()}={token}")
    return lines


def _parser(environment: Environment) -> BilingualParser:
    http = http_config(environment)
    parser = BilingualParser(
        prog="qizhang run",
        description="在一个进程内启动全部四个服务 / start all four services in one process",
    )
    parser.add_argument("--data", type=folder, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    parser.add_argument("--host", type=host, default=http.host, help="监听地址 / address to listen on")
    parser.add_argument("--port", type=port, default=http.port, help="监听端口 / port to listen on")
    return parser
