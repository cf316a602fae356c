"""`qizhang catalog quote`: a selection composed from the catalogue files, without a server.

In: `--service ID[:EDITION,...]`, `--quantity ID:NAME=N`, products and days, or `--request FILE` with the body of
`POST /catalog/selections`. Out: the answer as JSON, each finding on standard error; 1 when a rule is violated, 2 on bad
input. A file is revision 1 of its service.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from services.catalog.calendars.shipped import load_shipped
from services.catalog.loading import content_hash, data_folder, read_service, service_paths
from services.cli.arguments import EXIT_OK, say_bad_input
from shared.catalogue.selection.case import Revision, shown_revision
from shared.catalogue.selection.composing import compose
from shared.catalogue.selection.request import SelectionRequest

EXIT_VIOLATED = 1
SHIPPED_REVISION = 1
COMMAND = "qizhang catalog quote"


def quote(arguments: argparse.Namespace) -> int:
    """Compose and print."""
    try:
        request = msgspec.convert(_body(arguments), SelectionRequest, strict=False)
    except (msgspec.MsgspecError, ValueError, OSError) as error:
        return say_bad_input(COMMAND, "request", str(error), "选择内容的格式不正确，参见 docs/selections.md")
    selection = compose(request, _revisions(request), load_shipped())
    print(msgspec.json.format(msgspec.json.encode(selection), indent=2).decode())
    for finding in (*selection.violations, *selection.warnings):
        place = f"{finding.severity} {finding.rule} {finding.service} {finding.field}"
        print(f"{place}: {finding.text_zh} / {finding.text_en}", file=sys.stderr)
    return EXIT_OK if selection.valid else EXIT_VIOLATED


def _revisions(request: SelectionRequest) -> dict[str, Revision]:
    """The shipped files of the services that are wanted or named as bought."""
    named = {*(entry.service for entry in request.services), *(name.partition(":")[0] for name in request.bought)}
    found: dict[str, Revision] = {}
    for path in service_paths(data_folder()):
        if path.name.removesuffix(".yaml") in named:
            service = read_service(path).service
            revision = Revision(service=service, revision=SHIPPED_REVISION, content_sha256=content_hash(service))
            found |= {shown_revision(service.id, number): revision for number in (None, SHIPPED_REVISION)}
    return found


def add_quote(commands: Any) -> None:
    """Declare the subcommand."""
    command = commands.add_parser("quote", help="组合并校验所选服务 / compose a selection and check the rules")
    command.add_argument("--request", metavar="FILE", help="JSON请求文件 / the request as a JSON file")
    command.add_argument("--service", action="append", default=[], metavar="ID[:EDITION,...]")
    command.add_argument("--quantity", action="append", default=[], metavar="ID:NAME=N")
    command.add_argument("--option", action="append", default=[], metavar="ID:NAME=N")
    command.add_argument("--condition", action="append", default=[], metavar="ID:DELIVERABLE", help="条件成立 / holds")
    command.add_argument("--item", action="append", default=[], metavar="ID:ITEM", help="自定义包内容 / chosen item")
    command.add_argument("--owns", action="append", default=[], metavar="PRODUCT", help="已有产品 / owned product")
    command.add_argument("--bought", action="append", default=[], metavar="ID[:EDITION]")
    command.add_argument("--accepted", action="append", default=[], metavar="ID:DELIVERABLE")
    command.add_argument("--applied", metavar="DAY", help="申请日期 / day of application")
    command.add_argument("--start", metavar="DAY", help="期望开始日期 / wanted start")
    command.add_argument("--start-agreed", action="store_true", help="乙方同意提前开始 / early start agreed")
    command.add_argument("--bulk", action="store_true", help="大批量资源 / bulk resources")
    command.add_argument("--signed", metavar="DAY", help="合同签订日期 / day of signing")
    command.add_argument("--paid", metavar="DAY", help="付费日期 / day of payment")
    command.set_defaults(action=quote)


def _body(arguments: argparse.Namespace) -> Any:
    if arguments.request:
        others = [name for name, value in vars(arguments).items() if value and name not in ("request", "action")]
        if others:
            raise ValueError(f"--request is the whole request; put --{others[0].replace('_', '-')} into the file")
        return msgspec.json.decode(Path(arguments.request).read_bytes())
    services: dict[str, dict[str, Any]] = {}
    for text in arguments.service:
        name, _, editions = text.partition(":")
        entry = services.setdefault(name, {"service": name, "editions": [], "quantities": {}, "options": {}})
        entry["editions"] += [edition for edition in editions.split(",") if edition]
    for kind, texts in (("quantities", arguments.quantity), ("options", arguments.option)):
        for text in texts:
            entry, figure = _of_service(services, text)
            name, equals, value = figure.partition("=")
            if not equals:
                raise ValueError(f"{text!r}: write SERVICE:NAME=NUMBER")
            entry[kind][name] = value
    for kind, texts in (("conditions", arguments.condition), ("chosen_items", arguments.item)):
        for text in texts:
            entry, name = _of_service(services, text)
            entry.setdefault(kind, []).append(name)
    return {
        "services": list(services.values()),
        "owned_products": arguments.owns,
        "bought": arguments.bought,
        "accepted": arguments.accepted,
        "applied_on": arguments.applied,
        "start_on": arguments.start,
        "start_agreed": arguments.start_agreed,
        "bulk_resources": arguments.bulk,
        "signed_on": arguments.signed,
        "paid_on": arguments.paid,
    }


def _of_service(services: dict[str, dict[str, Any]], text: str) -> tuple[dict[str, Any], str]:
    service, _, rest = text.partition(":")
    if service not in services or not rest:
        raise ValueError(f"{text!r}: name a service that was given by --service")
    return services[service], rest
