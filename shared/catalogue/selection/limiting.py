"""Limits, quotas, minimums and caps (R-032, R-035..R-038, R-040, R-301): what lies outside, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shared.catalogue.format.model import Option, QuantityRule, Service
from shared.catalogue.format.values import Figure, Limit
from shared.catalogue.selection.answer import Finding
from shared.catalogue.selection.case import Case
from shared.catalogue.selection.figures import breaks, is_for, shown

EXAMPLE_LIMIT = "R-032"
CAP = "R-301"


def limits(case: Case) -> Iterator[Finding]:
    """R-032, R-035..R-038, R-040: a quantity outside a limit or quota; what follows is the rule's effect."""
    for rule in case.service.quantity_rules:
        if rule.kind in ("limit", "quota") and rule.effect != "units" and case.applies(rule):
            broken = [figure for figure in rule.figures if _is_broken(rule, figure, case)]
            if broken:
                yield from _outside(case, rule, broken)


def _is_broken(rule: QuantityRule, figure: Figure, case: Case) -> bool:
    asked = case.quantities.get(figure.of or "")
    if asked is None or not is_for(figure, case) or not breaks(figure, asked):
        return False
    at_limit = rule.rule == EXAMPLE_LIMIT and asked == figure.value
    return not (at_limit and case.wanted.readings.at_limit == "within")


def _outside(case: Case, rule: QuantityRule, broken: list[Figure]) -> Iterator[Finding]:
    text = "; ".join(shown(figure, case.quantities[figure.of or ""]) for figure in broken)
    rule_id, field = rule.rule or "R-037", case.at_quantity(broken[0].of or "")
    if rule.effect == "upsell":
        if not _follow_up_bought(case):
            text_en = f"above the limit, one further pack has to be bought: {text}"
            text_zh = f"{rule.text_zh or '超过限额，须另行购买一个服务包'}：{text}"
            yield case.violated(rule_id, field, rule.id, text_en, text_zh)
    elif rule.effect in ("assessment", "warning", "charge"):
        yield case.warned(rule_id, field, rule.id, f"assessed separately: {text}", f"须另行评估：{text}")
    elif all(figure.name == "included" for figure in broken):
        yield case.warned(
            rule_id, field, rule.id, f"beyond what is included: {text}", f"超出所含数量，须另行约定：{text}"
        )
    else:
        yield case.violated(rule_id, field, rule.id, f"outside the limit: {text}", f"超出限额：{text}")


def _follow_up_bought(case: Case) -> bool:
    """R-032: whether a pack of a service that is sold only with this one is bought, before or together."""
    follow_ups = [
        revision.service
        for revision in case.revisions.values()
        if any(p.kind == "service_bought" and p.of == case.wanted.service for p in revision.service.prerequisites)
    ]
    bought = {name.partition(":")[0] for name in case.request.bought}
    return any(service.id in bought or _packs_wanted(case, service) >= 1 for service in follow_ups)


def _packs_wanted(case: Case, service: Service) -> Decimal:
    """The packs of a service in the request; one where their number is not stated."""
    packs = {edition.id for edition in service.editions if edition.kind == "pack"}
    found = [wanted for wanted in case.request.services if wanted.service == service.id]
    stated = [count for wanted in found for name, count in wanted.quantities.items() if name in packs]
    return sum(stated, Decimal(0)) if stated else Decimal(len(found))


def edition_limits(case: Case) -> Iterator[Finding]:
    """R-037: bounds written at an edition that no quantity rule repeats."""
    ruled = {name for rule in case.service.quantity_rules for name in rule.inputs}
    for edition in case.editions:
        for limit in edition.limits:
            asked = case.quantities.get(limit.of)
            if limit.of not in ruled and asked is not None and not _within(limit, asked):
                yield _over(case, "R-037", limit, asked, case.at_quantity(limit.of))


def caps(case: Case) -> Iterator[Finding]:
    """R-301: the caps of an option that no quantity rule repeats; one in the option's unit bounds its own quantity."""
    ruled = {name for rule in case.service.quantity_rules for name in rule.inputs}
    for option in case.service.options:
        asked_of = case.wanted.options.get(option.id)
        if asked_of is None or option.id in ruled:
            continue
        for cap in option.caps:
            is_own = cap.of in _own_names(option)
            asked = asked_of if is_own else case.quantities.get(cap.of)
            if asked is not None and not _within(cap, asked):
                yield _over(case, CAP, cap, asked, case.at_quantity(option.id if is_own else cap.of))


def _own_names(option: Option) -> tuple[str, str]:
    """What a cap calls the quantity of its option: the option, or its unit in the plural (`person-days`)."""
    return option.id, f"{option.unit.replace('_', '-')}s"


def _within(limit: Limit, asked: Decimal) -> bool:
    over = limit.max is not None and (asked >= limit.max if limit.strict else asked > limit.max)
    under = limit.min is not None and (asked <= limit.min if limit.strict else asked < limit.min)
    return not over and not under


def _over(case: Case, rule: str, limit: Limit, asked: Decimal, field: str) -> Finding:
    text = f"{limit.of} = {asked:f} ({limit.min}..{limit.max})"
    text_zh = f"超出限额（{limit.name_zh or limit.of}）：{text}"
    return case.violated(rule, field, limit.of, f"outside the limit: {text}", text_zh)
