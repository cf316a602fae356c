"""`qizhang catalog lint | export | stats | diff | schema` and the subcommands beside it: the catalogue files at work.

Exit codes: 0 done; 1 the lint found errors, or the diff found differences; 2 bad input.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from services.catalog.differing import differences
from services.catalog.exporting import counts, entry_document, export_document
from services.catalog.format.schemas import export_schema, service_schema
from services.catalog.linting import lint_paths, lint_shipped
from services.catalog.loading import TIERS_FILE, load_all, read_service, read_tiers
from services.catalog.problems import CatalogueInvalid
from services.cli.arguments import EXIT_BAD_INPUT, EXIT_OK, BilingualParser, say_bad_input
from services.cli.catalog_browse import add_browsing
from services.cli.catalog_import import add_import, add_place
from services.cli.quote import add_quote
from shared.kernel.errors import StoreUnavailable

EXIT_FOUND = 1
COMMAND = "qizhang catalog"

_LABELS = {
    "services": "服务",
    "editions": "版本与套餐",
    "deliverables": "交付物",
    "matrix": "功能矩阵行",
    "raci": "RACI行",
    "acceptance": "验收项",
    "milestones": "里程碑",
    "notes": "说明（含文档矛盾）",
}


def run(argv: Sequence[str]) -> int:
    """Run one subcommand."""
    arguments = _parser().parse_args(list(argv))
    action: Callable[[argparse.Namespace], int] = arguments.action
    try:
        return action(arguments)
    except CatalogueInvalid as invalid:
        print(invalid, file=sys.stderr)
        return EXIT_BAD_INPUT
    except StoreUnavailable as unavailable:
        return say_bad_input(COMMAND, "location", f"no log answers there: {unavailable}", "该位置的日志无法访问")


def lint(arguments: argparse.Namespace) -> int:
    """Print every problem, errors first; 1 when there is an error."""
    linted = lint_paths([Path(file) for file in arguments.files]) if arguments.files else lint_shipped()
    for problem in linted.problems:
        print(problem)
    found = Counter(problem.severity for problem in linted.problems)
    print(f"{found['error']} errors, {found['warning']} warnings / {found['error']}个错误，{found['warning']}个警告")
    return EXIT_FOUND if found["error"] else EXIT_OK


def export(_: argparse.Namespace) -> int:
    """Print the catalogue as one JSON document."""
    catalogue = load_all()
    _print_json(export_document(catalogue.services, catalogue.tiers))
    return EXIT_OK


def stats(arguments: argparse.Namespace) -> int:
    """Print how much there is, for each provider and in all."""
    services = load_all().services
    columns: dict[str, dict[str, int]] = {
        provider: counts([service for service in services if service.provider == provider])
        for provider in dict.fromkeys(service.provider for service in services)
    }
    columns["total"] = counts(services)
    if arguments.json:
        _print_json(columns)
        return EXIT_OK
    print(f"{'':<14}" + "".join(f"{name:>10}" for name in columns))
    for name, label in _LABELS.items():
        print(f"{name:<14}" + "".join(f"{column[name]:>10}" for column in columns.values()) + f"  {label}")
    return EXIT_OK


def diff(arguments: argparse.Namespace) -> int:
    """Print what differs between two services or exports; 1 when something does."""
    documents = []
    for field in ("before", "after"):
        name = getattr(arguments, field)
        document = _document(name, arguments)
        if document is None:
            text_en = f"{name} is no .yaml or .json file, no service or tier, no published revision (ID@N; see --data)"
            text_zh = "应为 .yaml 或 .json 文件、目录中的服务标识或层级标识，或已发布的版本（标识@版本号，参见 --data）"
            return say_bad_input(f"{COMMAND} diff", field, text_en, text_zh)
        documents.append(document)
    changes = list(differences(*documents))
    for change in changes:
        print(change)
    print(f"{len(changes)} differences / {len(changes)}处差异")
    return EXIT_FOUND if changes else EXIT_OK


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of a service file, or of the export."""
    _print_json(export_schema() if arguments.of == "export" else service_schema())
    return EXIT_OK


def _published(arguments: argparse.Namespace, name: str) -> Any | None:
    """A published revision, `alibaba-1@2` or `gold@1`."""
    # The store is heavy to load, and the other forms of a name do not need it.
    from services.cli.catalog_published import published

    return asyncio.run(published(arguments.data, name, arguments.location))


def _document(name: str, arguments: argparse.Namespace) -> Any | None:
    """A file, a published revision, or a shipped service or tier by its id; None for none of them."""
    path = Path(name)
    if path.is_file():
        return _file_document(path)
    if "@" in name:
        return _published(arguments, name)
    catalogue = load_all()
    entry = catalogue.service(name) or catalogue.tier(name)
    return None if entry is None else entry_document(entry)


def _file_document(path: Path) -> Any | None:
    """A file of a service or of the tiers, or a JSON document (an export or one entry of it)."""
    if path.name == TIERS_FILE:
        return export_document((), read_tiers(path).tiers)
    if path.suffix == ".yaml":
        return entry_document(read_service(path).service)
    try:
        return msgspec.json.decode(path.read_bytes()) if path.suffix == ".json" else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _print_json(document: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _parser() -> BilingualParser:
    parser = BilingualParser(prog=COMMAND, description="服务目录 / the catalogue")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("lint", help="检查目录文件 / check catalogue files")
    command.add_argument("files", nargs="*", metavar="FILE", help="默认检查全部 / all files by default")
    command.set_defaults(action=lint)

    command = commands.add_parser("export", help="导出整个目录 / print the whole catalogue")
    command.add_argument("--json", action="store_true", help="JSON格式（默认且唯一）/ as JSON, the only form")
    command.set_defaults(action=export)

    command = commands.add_parser("stats", help="统计数量 / print the counts")
    command.add_argument("--json", action="store_true", help="JSON格式 / as JSON")
    command.set_defaults(action=stats)

    command = commands.add_parser("diff", help="比较两个版本 / compare two revisions")
    command.add_argument("before", metavar="A", help="文件、标识或标识@版本号 / a file, an id or a published ID@N")
    command.add_argument("after", metavar="B", help="同上 / the same")
    add_place(command)
    command.set_defaults(action=diff)

    add_browsing(commands)
    add_quote(commands)
    add_import(commands)

    command = commands.add_parser("schema", help="输出JSON Schema / print a JSON Schema")
    command.add_argument("of", choices=("service", "export"), help="服务文件或导出文档 / of a file, or of the export")
    command.set_defaults(action=schema)
    return parser
