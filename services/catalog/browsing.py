"""Reads that look over the newest revisions: search, two editions side by side, what depends on what."""

from __future__ import annotations

from typing import get_args

from msgspec import Struct

from services.catalog.comparing import Comparison, compare
from services.catalog.depending import Dependencies, Dependency, dependencies, dependencies_of
from services.catalog.domain.errors import ServiceUnknown
from services.catalog.memory import ENTRIES
from services.catalog.search import Hit, search
from shared.catalogue.format import vocabulary as v
from shared.catalogue.format.model import Service
from shared.web.parameters import Parameter
from shared.web.paths import IDENTIFIER
from shared.web.routes import ReadCall, Reader, ReadRoute

QUESTION_CHARACTERS_MAX = 100


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """Services found, and what they need."""

    items: list[Hit]
    dependencies: list[Dependency]


async def read_search(call: ReadCall, reader: Reader) -> SearchAnswer:
    """Browse or search the newest revisions."""
    entries = await ENTRIES.newest(reader)
    hits = search(entries, call.query.get("q", ""), call.query.get("provider"), call.query.get("category"))
    found = {hit.service for hit in hits}
    needs = dependencies(entry.service for entry in entries if entry.service.id in found)
    return SearchAnswer(items=hits, dependencies=needs)


async def read_comparison(call: ReadCall, reader: Reader) -> Comparison:
    """Two editions of the newest revision; raises ServiceUnknown and EditionUnknown."""
    services = await _services(reader)
    service = next((service for service in services if service.id == call.path["service"]), None)
    if service is None:
        raise ServiceUnknown(call.path["service"], field="service")
    return compare(service, call.query["one"], call.query["other"])


async def read_dependencies(call: ReadCall, reader: Reader) -> Dependencies:
    """Both directions over the newest revisions; raises ServiceUnknown."""
    services, wanted = await _services(reader), call.path["service"]
    if wanted not in {service.id for service in services}:
        raise ServiceUnknown(wanted, field="service")
    return dependencies_of(wanted, services)


async def _services(reader: Reader) -> list[Service]:
    return [entry.service for entry in await ENTRIES.newest(reader)]


def edition(zh: str, en: str) -> Parameter:
    """An edition has to be named; which ones there are, the answer to an unknown one says."""
    return Parameter(zh=zh, en=en, required=True, pattern=IDENTIFIER)


BROWSING_ROUTES = (
    ReadRoute(
        path="/catalog/search",
        operation_id="searchCatalog",
        response=SearchAnswer,
        read=read_search,
        summary_en="Search services by Chinese text, pinyin initials or English words, and what they need",
        summary_zh="按中文、拼音首字母或英文检索服务及其依赖",
        query={
            "q": Parameter(
                zh="检索词，须全部命中", en="words, all of which are found", characters_max=QUESTION_CHARACTERS_MAX
            ),
            "provider": Parameter(zh="仅此服务商", en="only of this provider", one_of=get_args(v.Provider)),
            "category": Parameter(zh="仅此类别", en="only of this category", one_of=get_args(v.Category)),
        },
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/services/{service}/comparison",
        operation_id="compareEditions",
        response=Comparison,
        read=read_comparison,
        summary_en="Two editions of a service side by side",
        summary_zh="比较服务的两个版本或套餐",
        query={
            "one": edition("一个版本或套餐的标识", "the id of an edition of the service"),
            "other": edition("另一个版本或套餐的标识", "the id of another edition of the service"),
        },
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/services/{service}/dependencies",
        operation_id="readDependencies",
        response=Dependencies,
        read=read_dependencies,
        summary_en="What a service needs, and what needs it",
        summary_zh="服务的前置依赖与被依赖",
        tag="catalog",
    ),
)
