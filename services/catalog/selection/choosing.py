"""Rules about what is chosen together: groups, joint sale, gates, owned products (R-020..R-028, R-039, R-042)."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.model import Choice, Prerequisite
from services.catalog.selection.case import Case
from services.catalog.selection.request import Finding


def known(case: Case) -> Iterator[Finding]:
    """R-020, R-021, R-039: only what the entry lists can be bought; a part of an indivisible edition is not listed."""
    service = case.service
    editions = {edition.id for edition in service.editions}
    options = {option.id for option in service.options}
    inputs = {name for rule in service.quantity_rules for name in rule.inputs}
    limits = {limit.of for edition in service.editions for limit in edition.limits}
    deliverables = {deliverable.id for deliverable in service.deliverables}
    items = {row.item_zh for row in service.matrix}
    for kind, asked, listed in (
        ("editions", case.wanted.editions, editions),
        ("options", case.wanted.options, options),
        ("quantities", case.wanted.quantities, inputs | limits | options),
        ("conditions", case.wanted.conditions, deliverables),
        ("chosen_items", case.wanted.chosen_items, items),
    ):
        for name in asked:
            if name not in listed:
                text_en = f"{kind}: {name!r} is not in the entry and so out of scope"
                yield case.violated("R-021", name, text_en, f"目录中没有“{name}”，不在服务范围内")
    if case.pinned.retired:
        yield case.violated("R-020", case.wanted.service, "the service is no longer sold", "该服务已停售")


def choices(case: Case) -> Iterator[Finding]:
    """R-022..R-026, R-040: how many of a group are chosen, as the entry says."""
    for choice in case.service.choices:
        if case.applies(choice):
            yield from _choice(case, choice)


def _choice(case: Case, choice: Choice) -> Iterator[Finding]:
    chosen = [name for name in choice.of if name in case.chosen]
    earlier = [name for name in choice.of if f"{case.wanted.service}:{name}" in case.request.bought]
    rule, names = choice.rule or "R-025", ", ".join(choice.of)
    if choice.kind == "exactly_one" and len(chosen) > 1:
        yield case.violated(rule, names, f"only one of {names} can be chosen", f"只能从 {names} 中选择一项")
    if choice.kind != "any" and choice.mandatory and not chosen and not earlier:
        least = "exactly one" if choice.kind == "exactly_one" else "at least one"
        yield case.violated(rule, names, f"choose {least} of {names}", f"须从 {names} 中选择（{least}）")


def joint_sale(case: Case) -> Iterator[Finding]:
    """R-026: what is not sold alone needs the other service or edition, bought before or together."""
    needed = [p for p in _prerequisites(case, "service_bought", "edition_bought") if p.of]
    for group in _alternatives(needed):
        if not any(p.of in case.had for p in group):
            names = " / ".join(p.of_zh or p.of or "" for p in group)
            yield case.violated(
                group[0].rule or "R-026",
                group[0].of or "",
                f"not sold without {names}",
                f"不可单独购买，须同时购买{names}",
            )


def gates(case: Case) -> Iterator[Finding]:
    """R-027: the request needs a deliverable that the customer accepted under another contract.

    To buy is not to request: without a day of application it is a warning.
    """
    for needed in _prerequisites(case, "deliverable_accepted"):
        if needed.of not in case.request.accepted:
            name = needed.of_zh or needed.of or ""
            yield case.finding(
                "warning" if case.request.applied_on is None else "violation",
                needed.rule or "R-027",
                needed.of or "",
                f"may be requested only after {name} is accepted",
                f"{name}经甲方确认后，方可要求实施支持",
            )


def products(case: Case) -> Iterator[Finding]:
    """R-028: a product has to be owned before the purchase; entries of one group are alternatives."""
    for group in _alternatives(_prerequisites(case, "product_owned")):
        names = [p.of_zh or p.of or "" for p in group]
        if not any(name in case.request.owned_products for name in names):
            text = " / ".join(names)
            yield case.violated(group[0].rule or "R-028", text, f"needs the product {text}", f"须先购买产品：{text}")


def on_demand(case: Case) -> Iterator[Finding]:
    """R-042: a package whose items are all on demand needs the chosen items in the order."""
    for edition in sorted(case.chosen):
        cells = [row.cells[edition] for row in case.service.matrix if edition in row.cells]
        offered = any(cell.support == "on_demand" for cell in cells)
        fixed = any(cell.support == "supported" for cell in cells)
        if offered and not fixed and not case.wanted.chosen_items:
            yield case.violated(
                "R-042", edition, "write the chosen items into the order", "自定义包须在订单中写明所选内容"
            )


def conditions(case: Case) -> Iterator[Finding]:
    """R-055..R-060: what has to be there before the work starts, told as warnings."""
    for needed in case.service.prerequisites:
        rule = needed.rule or ("R-056" if needed.kind in ("contract_signed", "payment") else None)
        if rule and "R-055" <= rule <= "R-060" and case.applies(needed):
            text = needed.of_zh or needed.of or needed.kind
            yield case.warned(
                rule, needed.of or needed.kind, f"condition before {needed.condition}: {text}", f"前提：{text}"
            )
    for step in case.service.procedure:
        if step.rule and "R-057" <= step.rule <= "R-058" and case.applies(step):
            yield case.warned(step.rule, step.name_zh, f"timed step: {step.name_en}", f"有时限的步骤：{step.name_zh}")


def refunds(case: Case) -> Iterator[Finding]:
    """R-061: nothing is refunded after payment."""
    for cancellation in case.service.cancellation:
        if cancellation.kind == "no_refund" and case.applies(cancellation):
            yield case.warned(cancellation.rule or "R-061", "no_refund", cancellation.text_en, "付款后暂不支持退款")


def _prerequisites(case: Case, *kinds: str) -> list[Prerequisite]:
    return [p for p in case.service.prerequisites if p.kind in kinds and case.applies(p)]


def _alternatives(needed: list[Prerequisite]) -> list[list[Prerequisite]]:
    """Entries with one `group` together, every other one alone."""
    groups: dict[str, list[Prerequisite]] = {}
    for position, entry in enumerate(needed):
        groups.setdefault(entry.group or f"#{position}", []).append(entry)
    return list(groups.values())
