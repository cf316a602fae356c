"""One wanted service beside its catalogue entry and the whole request: what every rule looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from msgspec import UNSET

from services.catalog.model import Service
from services.catalog.selection.request import Finding, SelectionRequest, Severity, WantedService
from services.catalog.values import Entry
from shared.kernel.ids import Sha256
from shared.periods import WorkCalendar


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A published revision as a selection reads it."""

    service: Service
    revision: int
    content_sha256: Sha256
    retired: bool = False


@dataclass(frozen=True)
class Case:
    """A wanted service with its entry; `revisions` are those of every service of the request."""

    wanted: WantedService
    pinned: Revision
    request: SelectionRequest
    revisions: Mapping[str, Revision]
    calendar: WorkCalendar

    @property
    def service(self) -> Service:
        """The catalogue entry."""
        return self.pinned.service

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The chosen ids of editions and options; the one edition of a service is chosen by itself."""
        explicit = {*self.wanted.editions, *self.wanted.options}
        only = [edition.id for edition in self.service.editions]
        return frozenset(explicit or (only if len(only) == 1 else ()))

    @cached_property
    def had(self) -> frozenset[str]:
        """Services and `service:edition` that are bought, before or together with this one."""
        together = {wanted.service for wanted in self.request.services}
        editions = {f"{w.service}:{edition}" for w in self.request.services for edition in w.editions}
        return frozenset({*self.request.bought, *together, *editions})

    def applies(self, entry: Entry) -> bool:
        """Whether an entry holds for what was chosen (absent editions = all)."""
        return entry.editions is UNSET or not self.chosen.isdisjoint(entry.editions)

    def finding(self, severity: Severity, rule: str, field: str, text_en: str, text_zh: str) -> Finding:
        """A finding at this service."""
        return Finding(
            severity=severity, rule=rule, service=self.wanted.service, field=field, text_en=text_en, text_zh=text_zh
        )

    def violated(self, rule: str, field: str, text_en: str, text_zh: str) -> Finding:
        """A violated rule."""
        return self.finding("violation", rule, field, text_en, text_zh)

    def warned(self, rule: str, field: str, text_en: str, text_zh: str) -> Finding:
        """A warning: told, not refused."""
        return self.finding("warning", rule, field, text_en, text_zh)
