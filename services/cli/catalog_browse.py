"""`qizhang catalog search | compare | depends`: the shipped catalogue looked over, without a server."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from services.catalog.comparing import compare
from services.catalog.depending import Dependency, dependencies_of
from services.catalog.domain.errors import EditionUnknown
from services.catalog.loading import load_all
from services.cli.arguments import EXIT_OK, say_bad_input
from shared.catalogue.format import vocabulary as v

COMMAND = "qizhang catalog"


def search_files(arguments: argparse.Namespace) -> int:
    """Print the services in which every word is found, and the names that matched."""
    from services.catalog.search import Indexed, search  # the table of pinyin is heavy to load

    entries = [Indexed(service) for service in load_all().services]
    hits = search(entries, " ".join(arguments.words), arguments.provider, arguments.category)
    for hit in hits:
        matched = f"  [{'; '.join(hit.matched)}]" if hit.matched else ""
        print(f"{hit.service}  {hit.name_zh} / {hit.name_en}{matched}")
    print(f"{len(hits)} services / {len(hits)}个服务")
    return EXIT_OK


def compare_editions(arguments: argparse.Namespace) -> int:
    """Print where two editions of a service differ."""
    service = load_all().service(arguments.service)
    if service is None:
        return _unknown_service("compare")
    try:
        comparison = compare(service, arguments.one, arguments.other)
    except EditionUnknown as unknown:
        ids = [edition.id for edition in service.editions]
        text_en = f"{unknown.title_en}: {unknown.detail}; known: {', '.join(ids) or 'none'}"
        text_zh = f"{unknown.title_zh}；可选的版本与套餐：{'、'.join(ids) or '无'}"
        return say_bad_input(f"{COMMAND} compare", unknown.field, text_en, text_zh)
    for change in comparison.differences:
        print(change)
    print(f"{len(comparison.differences)} differences / {len(comparison.differences)}处差异")
    return EXIT_OK


def depends(arguments: argparse.Namespace) -> int:
    """Print what a service needs, and what needs it."""
    catalogue = load_all()
    if catalogue.service(arguments.service) is None:
        return _unknown_service("depends")
    found = dependencies_of(arguments.service, catalogue.services)
    for title, entries in (("needs / 依赖", found.needs), ("needed by / 被依赖", found.needed_by)):
        print(f"{title}:")
        for entry in entries:
            print(f"  {_line(entry)}")
    return EXIT_OK


def add_browsing(commands: Any) -> None:
    """Declare the subcommands."""
    command = commands.add_parser(
        "search", help="按中文、拼音首字母或英文检索 / search by Chinese, initials or English"
    )
    command.add_argument("words", nargs="*", metavar="WORD", help="须全部命中 / all of which are found")
    command.add_argument("--provider", choices=get_args(v.Provider))
    command.add_argument("--category", choices=get_args(v.Category))
    command.set_defaults(action=search_files)

    command = commands.add_parser("compare", help="比较同一服务的两个版本或套餐 / compare two editions of a service")
    for name in ("service", "one", "other"):
        command.add_argument(name, metavar="SERVICE" if name == "service" else "EDITION")
    command.set_defaults(action=compare_editions)

    command = commands.add_parser("depends", help="依赖与被依赖 / what depends on what")
    command.add_argument("service", metavar="SERVICE")
    command.set_defaults(action=depends)


def _line(entry: Dependency) -> str:
    editions = f" ({', '.join(entry.editions)})" if entry.editions else ""
    condition = f" before {entry.condition}" if entry.condition else ""
    alternative = f", one of `{entry.group}`" if entry.group else ""
    rule = f" ({entry.rule})" if entry.rule else ""
    return f"{entry.service}{editions} <- {entry.needs}: {entry.kind}{condition}{alternative}{rule}"


def _unknown_service(subcommand: str) -> int:
    return say_bad_input(
        f"{COMMAND} {subcommand}", "service", "no service of that id is in the catalogue", "目录中没有该服务标识"
    )
