"""`qizhang token`: a development token for the embedded ledger, signed with the key of its data folder.

Where the ledger trusts an identity provider (`QIZHANG_JWKS_FILE`), tokens come from there and this command refuses.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from services.cli.arguments import EXIT_OK, BilingualParser, say_bad_input
from shared.config import DATA_FOLDER_DEFAULT, ConfigError, identity_config, process_environment
from shared.identity.issuer import LIFE_S_DEFAULT, DevelopmentIssuer
from shared.identity.tokens import GRANTS, RESERVED_ORGANISATION, TOKEN_LIFE_MAX_S, PlainText
from shared.kernel.clock import SystemMachineClock
from shared.kernel.ids import Identifier

COMMAND: Final = "qizhang token"
EXIT_REFUSED: Final = 1
HOUR_S: Final = 3600.0
HOURS_MAX: Final = TOKEN_LIFE_MAX_S / HOUR_S


class Holder(Struct, frozen=True, kw_only=True):
    """For whom a token is made."""

    subject: PlainText
    org: Identifier
    tenant: Identifier


def run(argv: list[str]) -> int:
    """The command: prints the token; exit code 1 when this ledger has another issuer, 2 for bad input."""
    arguments = _parser().parse_args(argv)
    try:
        if identity_config(process_environment()).issuer:
            return _refuse("this ledger trusts an identity provider; get a token there", "请向外部身份提供方申请令牌")
        return _issue(arguments.data, vars(arguments), tuple(arguments.grant), arguments.hours)
    except ConfigError as error:
        return _refuse(str(error), "配置有误，见上")


def _issue(folder: Path, named: dict[str, object], grants: tuple[str, ...], hours: float) -> int:
    try:
        holder = msgspec.convert({field: named[field] for field in Holder.__struct_fields__}, Holder)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        return say_bad_input(COMMAND, f"--{field}", "letters, digits and . _ - only", "只能包含字母、数字和 . _ -")
    if holder.org == RESERVED_ORGANISATION:
        return say_bad_input(COMMAND, "--org", "this name is the ledger's own", "该名称为账本保留")
    if not 0 < hours <= HOURS_MAX:
        return say_bad_input(COMMAND, "--hours", f"at most {HOURS_MAX:g}", f"最多 {HOURS_MAX:g} 小时")
    token = DevelopmentIssuer(folder).token(
        subject=holder.subject,
        organisation=holder.org,
        tenant=holder.tenant,
        now_s=SystemMachineClock().now(),
        grants=grants,
        life_s=hours * HOUR_S,
    )
    print(token)
    return EXIT_OK


def _refuse(text_en: str, text_zh: str) -> int:
    print(f"{COMMAND}: {text_en}\n{COMMAND}：{text_zh}", file=sys.stderr)
    return EXIT_REFUSED


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog=COMMAND,
        description="为本机账本签发开发令牌 / issue a development token for the embedded ledger",
        epilog=f"{COMMAND} --subject zhang --org acme --tenant demo",
    )
    parser.add_argument("--subject", required=True, help="人员 / the person")
    parser.add_argument("--org", required=True, help="所属组织 / the organisation")
    parser.add_argument("--tenant", required=True, help="租户 / the tenant")
    parser.add_argument(
        "--grant", action="append", default=[], choices=GRANTS, help="租户级授权，可重复 / a grant, may be repeated"
    )
    parser.add_argument(
        "--hours", type=float, default=LIFE_S_DEFAULT / HOUR_S, help="有效小时数 / how many hours it is valid"
    )
    parser.add_argument("--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    return parser
