"""Selections over the shipped catalogue files, for the tests of sections B and C of the rule book."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from services.catalog.calendars.shipped import load_shipped
from services.catalog.loading import content_hash, data_folder, read_service
from shared.catalogue.selection.answer import ResolvedService, Selection, StartPlan
from shared.catalogue.selection.case import Revision
from shared.catalogue.selection.composing import compose
from shared.catalogue.selection.request import SelectionRequest

CALENDAR = load_shipped()


@cache
def revision(service: str) -> Revision:
    """The shipped file as its first revision."""
    entry = read_service(data_folder() / "services" / f"{service}.yaml").service
    return Revision(service=entry, revision=1, content_sha256=content_hash(entry))


def select(*services: dict[str, Any], **others: Any) -> Selection:
    """A selection over the shipped files."""
    request = msgspec.convert({"services": services, **others}, SelectionRequest, strict=False)
    named = {*(w.service for w in request.services), *(name.partition(":")[0] for name in request.bought)}
    known = {name: revision(name) for name in named if not name.startswith("unknown")}
    return compose(request, known, CALENDAR)


def want(service: str, *editions: str, **quantities: Any) -> dict[str, Any]:
    """One wanted service; an underscore of a quantity stands for a hyphen."""
    named = {name.replace("_", "-"): str(value) for name, value in quantities.items()}
    return {"service": service, "editions": editions, "quantities": named}


def violated(selection: Selection) -> set[str]:
    """The rules that are violated."""
    return {finding.rule for finding in selection.violations}


def warned(selection: Selection) -> set[str]:
    """The rules that warn."""
    return {finding.rule for finding in selection.warnings}


def fields(selection: Selection, rule: str) -> list[str]:
    """Where a rule is violated."""
    return [finding.field for finding in selection.violations if finding.rule == rule]


def only(selection: Selection) -> ResolvedService:
    """The one service of a selection."""
    (item,) = selection.items
    return item


def start_of(selection: Selection) -> StartPlan:
    """The start of the one service."""
    start = only(selection).start
    assert start is not None
    return start
