"""One wanted service beside its catalogue entry and the whole request: what every rule looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from msgspec import UNSET

from shared.catalogue.format.model import Deliverable, Edition, Prerequisite, Service
from shared.catalogue.format.values import Entry
from shared.catalogue.selection.answer import Finding, Severity
from shared.catalogue.selection.request import SelectionRequest, WantedService
from shared.kernel.ids import Sha256
from shared.periods import Derivation, WorkCalendar


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A published revision as a selection reads it."""

    service: Service
    revision: int
    content_sha256: Sha256
    retired: bool = False


def shown_revision(service: str, revision: int | None) -> str:
    """What a revision is known by among those of a request: the newest by its service, another one by its number."""
    return service if revision is None else f"{service}@{revision}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A wanted service with its entry, at a place in the request.

    `revisions` are those of every service that the request asks for or names as bought, by `shown_revision`;
    `lead_times` are the lead times of its services by their period (`-10wd`), counted from the day of application.
    """

    index: int
    wanted: WantedService
    pinned: Revision
    request: SelectionRequest
    revisions: Mapping[str, Revision]
    calendar: WorkCalendar
    lead_times: Mapping[str, Derivation]

    @property
    def service(self) -> Service:
        """The catalogue entry."""
        return self.pinned.service

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The chosen ids of editions and options; the one edition of a service is chosen by itself."""
        only = [edition.id for edition in self.service.editions]
        editions = self.wanted.editions or (only if len(only) == 1 else ())
        return frozenset({*editions, *self.wanted.options})

    @cached_property
    def editions(self) -> tuple[Edition, ...]:
        """The chosen editions in the order of the entry."""
        return tuple(edition for edition in self.service.editions if edition.id in self.chosen)

    @cached_property
    def quantities(self) -> Mapping[str, Decimal]:
        """The quantities that were given; the quantity of an option counts under its id."""
        return {**self.wanted.options, **self.wanted.quantities}

    @cached_property
    def had(self) -> frozenset[str]:
        """Services and `service:edition` that are bought, before or together with this one."""
        together = {wanted.service for wanted in self.request.services}
        editions = {f"{w.service}:{edition}" for w in self.request.services for edition in w.editions}
        return frozenset({*self.request.bought, *together, *editions})

    @cached_property
    def marked(self) -> tuple[Deliverable, ...]:
        """The deliverables that `conditions` name, by id, name or alias (R-043, R-046)."""
        return tuple(found for name in self.wanted.conditions if (found := self.deliverable(name)) is not None)

    def deliverable(self, name: str) -> Deliverable | None:
        """The deliverable of an id, a name or another name of the same document (R-046); the first that applies."""
        found = [d for d in self.service.deliverables if name in (d.id, d.name_zh, *d.aliases)]
        return next((d for d in found if self.applies(d)), found[0] if found else None)

    def applies(self, entry: Entry) -> bool:
        """Whether an entry holds for what was chosen (absent editions = all)."""
        return entry.editions is UNSET or not self.chosen.isdisjoint(entry.editions)

    def prerequisites(self, *kinds: str) -> Iterator[Prerequisite]:
        """The prerequisites of these kinds that hold for what was chosen."""
        return (p for p in self.service.prerequisites if p.kind in kinds and self.applies(p))

    def alternatives(self, *kinds: str) -> list[list[Prerequisite]]:
        """The same, those of one `group` together and every other one alone: of each list one is enough."""
        groups: dict[str, list[Prerequisite]] = {}
        for position, entry in enumerate(self.prerequisites(*kinds)):
            groups.setdefault(entry.group or f"#{position}", []).append(entry)
        return list(groups.values())

    def names(self, ids: Iterable[str]) -> tuple[str, str]:
        """What a text calls editions and options: by id in English, by name in Chinese."""
        names = {edition.id: edition.name_zh for edition in self.service.editions}
        names |= {option.id: option.name_zh for option in self.service.options}
        found = [name for name in ids if name in names]
        return ", ".join(found), "、".join(names[name] for name in found)

    def at(self, field: str) -> str:
        """The place of a field of this service in the request."""
        return f"services[{self.index}].{field}"

    def at_quantity(self, name: str) -> str:
        """The place of a quantity in the request; that of an option stands among the options."""
        return self.at(f"options.{name}" if name in self.wanted.options else f"quantities.{name}")

    def violated(self, rule: str, field: str, about: str, text_en: str, text_zh: str) -> Finding:
        """A violated rule: the selection is refused."""
        return self._finding("violation", rule, field, about, text_en, text_zh)

    def warned(self, rule: str, field: str, about: str, text_en: str, text_zh: str) -> Finding:
        """A warning: told, not refused."""
        return self._finding("warning", rule, field, about, text_en, text_zh)

    def _finding(self, severity: Severity, rule: str, field: str, about: str, text_en: str, text_zh: str) -> Finding:
        return Finding(
            severity=severity,
            rule=rule,
            service=self.wanted.service,
            field=field,
            about=about,
            text_en=text_en,
            text_zh=text_zh,
        )
