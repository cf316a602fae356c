"""Rules about what is chosen together: listed names, groups, whole editions, joint sale, gates (R-020..R-027)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from shared.catalogue.format.model import Choice, Edition
from shared.catalogue.selection.answer import Finding
from shared.catalogue.selection.case import Case

INDIVISIBLE = "R-039"


def known(case: Case) -> Iterator[Finding]:
    """R-020, R-021, R-043: only what the entry lists for the chosen editions can be bought."""
    service, wanted = case.service, case.wanted
    if case.pinned.retired:
        field = case.at("service")
        yield case.violated("R-020", field, wanted.service, "the service is no longer sold", "该服务已停售")
    options = {option.id for option in service.options if case.applies(option)}
    listed: tuple[tuple[str, Iterable[str], set[str]], ...] = (
        ("editions", wanted.editions, {edition.id for edition in service.editions}),
        ("options", wanted.options, options),
        ("quantities", wanted.quantities, options | _countable(case)),
        ("chosen_items", wanted.chosen_items, {row.item_zh for row in service.matrix}),
        ("prepared", wanted.prepared, {p.of for p in service.prerequisites if p.kind == "preparation" and p.of}),
        ("bookings", [booking.option for booking in wanted.bookings], options),
    )
    parts = _indivisible_parts(case)
    for kind, asked, names in listed:
        for name in asked:
            if name not in names and name not in parts:
                text_en = f"the entry has no {name!r} for what was chosen; out of scope, it takes a change request"
                text_zh = f"目录中所选内容不含“{name}”，不在服务范围内；如有需要须走变更流程"
                yield case.violated("R-021", case.at(kind), name, text_en, text_zh)
    for name in wanted.conditions:
        found = case.deliverable(name)
        if found is None or not found.conditional:
            text_en, text_zh = f"no deliverable {name!r} depends on a condition", f"“{name}”不是有条件的交付物"
            yield case.violated("R-043", case.at("conditions"), name, text_en, text_zh)


def _countable(case: Case) -> set[str]:
    """What a quantity can be given of: inputs of rules, limits, caps, and chosen editions that are sold by the pack."""
    service = case.service
    limits = [limit for edition in service.editions for limit in edition.limits]
    caps = [cap for option in service.options for cap in option.caps]
    return {
        *(name for rule in service.quantity_rules for name in rule.inputs),
        *(limit.of for limit in (*limits, *caps)),
        *(edition.id for edition in case.editions if edition.kind == "pack"),
    }


def indivisible(case: Case) -> Iterator[Finding]:
    """R-039: a part of an edition that is sold whole cannot be bought by itself."""
    parts = _indivisible_parts(case)
    wanted = case.wanted
    for kind, asked in (
        ("editions", wanted.editions),
        ("options", wanted.options),
        ("quantities", wanted.quantities),
        ("chosen_items", wanted.chosen_items),
    ):
        for name in asked:
            if name in parts:
                whole = parts[name]
                yield case.violated(
                    INDIVISIBLE,
                    case.at(kind),
                    name,
                    f"{name} is part of {whole.id!r}, which is bought whole",
                    f"“{name}”是{whole.name_zh}的组成部分，不可单独购买",
                )


def _indivisible_parts(case: Case) -> dict[str, Edition]:
    """The deliverables and matrix items of the editions that the entry says are not divided."""
    parts: dict[str, Edition] = {}
    for edition in case.service.editions:
        if edition.notes is UNSET or all(note.rule != INDIVISIBLE for note in edition.notes):
            continue
        for deliverable in case.service.deliverables:
            if deliverable.editions is not UNSET and deliverable.editions == (edition.id,):
                names = (deliverable.id, deliverable.name_zh, *deliverable.aliases)
                parts.update(dict.fromkeys(names, edition))
        for row in case.service.matrix:
            if [column for column, cell in row.cells.items() if cell.support == "supported"] == [edition.id]:
                parts[row.item_zh] = edition
    return parts


def choices(case: Case) -> Iterator[Finding]:
    """R-022..R-026: how many of a group are chosen, as the entry says."""
    for choice in case.service.choices:
        if case.applies(choice):
            yield from _choice(case, choice)


def _choice(case: Case, choice: Choice) -> Iterator[Finding]:
    chosen = [name for name in choice.of if name in case.chosen]
    earlier = [name for name in choice.of if f"{case.wanted.service}:{name}" in case.request.bought]
    is_single = choice.kind == "exactly_one"
    rule = choice.rule or ("R-025" if is_single else "R-023")
    names_en, names_zh = case.names(choice.of)
    field, about = case.at("editions"), ", ".join(choice.of)
    if is_single and len(chosen) > 1:
        yield case.violated(rule, field, about, f"only one of {names_en} can be chosen", f"{names_zh}只能选择其中一项")
    if choice.kind != "any" and choice.mandatory and not chosen and not earlier:
        least_en, least_zh = ("exactly one", "一项") if is_single else ("at least one", "至少一项")
        yield case.violated(rule, field, about, f"choose {least_en} of {names_en}", f"须在{names_zh}中选择{least_zh}")


def joint_sale(case: Case) -> Iterator[Finding]:
    """R-026: what is not sold alone needs the other service or edition, bought before or together."""
    for group in case.alternatives("service_bought", "edition_bought"):
        if not any(p.of in case.had for p in group):
            names = " / ".join(p.of_zh or p.of or "" for p in group)
            yield case.violated(
                group[0].rule or "R-026",
                "bought",
                group[0].of or "",
                f"not sold without {' / '.join(p.of or '' for p in group)} ({names})",
                f"不可单独购买，须同时购买{names}",
            )


def gates(case: Case) -> Iterator[Finding]:
    """R-027: the request needs a deliverable that the customer accepted under another contract.

    To buy is not to request: without a day of application it is a warning.
    """
    for needed in case.prerequisites("deliverable_accepted"):
        if needed.of not in case.request.accepted:
            name = needed.of_zh or needed.of or ""
            tell = case.warned if case.request.applied_on is None else case.violated
            yield tell(
                needed.rule or "R-027",
                "accepted",
                needed.of or "",
                f"may be requested only after {needed.of} ({name}) is accepted",
                f"{name}经甲方确认后，方可要求实施支持",
            )
