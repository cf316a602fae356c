"""`qizhang catalog import`: every catalogue file published as a revision in the catalogue of a data folder.

A lint error refuses all and publishes nothing; what is published already changes nothing. 0 done, 1 lint errors.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.catalog.differing import differences
from services.catalog.linting import lint_paths, lint_shipped
from services.cli.arguments import EXIT_OK
from shared.config import DATA_FOLDER_DEFAULT

if TYPE_CHECKING:
    from services.catalog.importing import Publication

EXIT_REFUSED = 1


def import_catalogue(arguments: argparse.Namespace) -> int:
    """Lint everything, then publish; progress and the difference to the last revision go to standard error."""
    # The store is heavy to load, and the other subcommands do not need it.
    from services.catalog.importing import publications

    began_s = time.monotonic()
    linted = lint_paths([Path(file) for file in arguments.files]) if arguments.files else lint_shipped()
    if linted.errors:
        print("\n".join(str(error) for error in linted.errors), file=sys.stderr)
        count = len(linted.errors)
        print(f"{count} errors: nothing imported / {count}个错误，未导入任何内容", file=sys.stderr)
        return EXIT_REFUSED
    entries = publications(linted.services, linted.tiers)
    if arguments.location is None:
        arguments.data.mkdir(parents=True, exist_ok=True)
    published = asyncio.run(_publish(arguments.data, arguments.location, entries))
    took_s = time.monotonic() - began_s
    print(
        f"{published} published, {len(entries) - published} unchanged in {took_s:.1f} s"
        f" / 发布{published}个，其余未变，用时{took_s:.1f}秒"
    )
    return EXIT_OK


def add_import(commands: Any) -> None:
    """Declare the subcommand."""
    command = commands.add_parser("import", help="发布目录文件 / publish the catalogue files")
    command.add_argument("files", nargs="*", metavar="FILE", help="默认全部 / all files by default")
    add_place(command)
    command.set_defaults(action=import_catalogue)


def add_place(command: argparse.ArgumentParser) -> None:
    """Where published revisions stand: a data folder, or a log in PostgreSQL."""
    command.add_argument(
        "--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), metavar="DIR", help="数据目录 / data folder"
    )
    command.add_argument(
        "--location", type=_location, help="日志位置（如 postgresql://…?schema=…） / the log, instead of a data folder"
    )


def _location(text: str) -> str:
    if not text.startswith(("postgresql://", "sqlite:///")):
        raise argparse.ArgumentTypeError(f"{text!r} is neither postgresql://... nor sqlite:///path")
    return text


async def _publish(folder: Path, location: str | None, entries: Sequence[Publication]) -> int:
    from services.catalog.importing import publish
    from services.cli.catalog_published import newest
    from services.cli.logs import PART_BY_NAME, opened
    from shared.kernel.clock import SystemLegalClock

    now, published = SystemLegalClock().now(), 0
    async with opened(folder, PART_BY_NAME["catalog"], location, make=True) as log:
        for number, entry in enumerate(entries, 1):
            before = await newest(log, entry.scope)
            outcome = await publish(log, entry, now)
            published += outcome != "unchanged"
            said = "未变 / unchanged" if outcome == "unchanged" else "已发布 / published"
            print(f"[{number}/{len(entries)}] {entry.id}: {said}", file=sys.stderr)
            if outcome != "unchanged" and before is not None:
                for change in differences(before, entry.document):
                    print(f"  {change}", file=sys.stderr)
    return published
