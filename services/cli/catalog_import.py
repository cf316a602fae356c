"""`qizhang catalog import`: every catalogue file published as a revision in the catalogue of a data folder.

A lint error refuses all and publishes nothing; what is published already changes nothing. 0 done, 1 lint errors.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from services.catalog.differing import differences
from services.catalog.exporting import service_document
from services.catalog.linting import lint_paths, lint_shipped
from services.catalog.loading import data_folder, read_service, service_paths
from services.cli.arguments import EXIT_OK

EXIT_REFUSED = 1


def import_catalogue(arguments: argparse.Namespace) -> int:
    """Lint everything, then publish; progress and the difference to the last revision go to standard error."""
    paths = [Path(file) for file in arguments.files] or service_paths(data_folder())
    problems = lint_paths([Path(file) for file in arguments.files]) if arguments.files else lint_shipped()
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        print("\n".join(str(error) for error in errors), file=sys.stderr)
        print(f"{len(errors)} errors: nothing imported / {len(errors)}个错误，未导入任何内容", file=sys.stderr)
        return EXIT_REFUSED
    services = [read_service(path).service for path in paths]
    documents = {service.id: service_document(service) for service in services}
    arguments.data.mkdir(parents=True, exist_ok=True)
    published = asyncio.run(_publish(arguments.data, documents))
    print(f"{published} published, {len(documents) - published} unchanged / 发布{published}个，其余未变")
    return EXIT_OK


def add_import(commands: Any) -> None:
    """Declare the subcommand."""
    command = commands.add_parser("import", help="发布目录文件 / publish the catalogue files")
    command.add_argument("files", nargs="*", metavar="FILE", help="默认全部 / all files by default")
    command.add_argument("--data", type=Path, default=Path("var"), metavar="DIR", help="数据目录 / data folder (var)")
    command.set_defaults(action=import_catalogue)


async def _publish(folder: Path, documents: dict[str, Any]) -> int:
    # The store is heavy to load, and the other subcommands do not need it.
    from services.catalog.importing import import_service
    from services.cli.catalog_published import revisions
    from services.cli.logs import PART_BY_NAME, opened
    from shared.kernel.clock import SystemLegalClock

    now, published = SystemLegalClock().now(), 0
    async with opened(folder, PART_BY_NAME["catalog"]) as log:
        for number, (service, document) in enumerate(documents.items(), 1):
            before = await revisions(log, service)
            outcome = await import_service(log, service, document, now)
            published += outcome != "unchanged"
            said = "未变 / unchanged" if outcome == "unchanged" else "已发布 / published"
            print(f"[{number}/{len(documents)}] {service}: {said}", file=sys.stderr)
            if outcome != "unchanged" and before:
                for change in differences(before[max(before)], document):
                    print(f"  {change}", file=sys.stderr)
    return published
