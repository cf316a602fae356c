"""Arithmetic over ordered quantities, figures from the entry (R-029..R-038, R-040): packs, tiers, limits, quotas."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from services.catalog.model import QuantityRule
from services.catalog.selection.case import Case
from services.catalog.selection.request import Finding, Pack
from services.catalog.values import Figure

_BREAKS = {
    "at_most": lambda asked, value: asked > value,
    "quota": lambda asked, value: asked > value,
    "below": lambda asked, value: asked >= value,
    "above": lambda asked, value: asked <= value,
    "at_least": lambda asked, value: asked < value,
    "minimum": lambda asked, value: asked < value,
}
_SIGNS = {"at_most": "≤", "quota": "≤", "below": "<", "above": ">", "at_least": "≥", "minimum": "≥"}


def packs(case: Case) -> tuple[Pack, ...]:
    """R-030, R-031, R-038: units rounded up, with the arithmetic shown; for the quantities that were given."""
    rules = (rule for rule in case.service.quantity_rules if rule.kind == "ceil" and rule.effect == "units")
    return tuple(pack for rule in rules if (pack := pack_of(rule, case.wanted.quantities)) is not None)


def pack_of(rule: QuantityRule, quantities: dict[str, Decimal]) -> Pack | None:
    """The units of one rule: max(minimum, sum of ceil((asked - included) / per)); None without a quantity."""
    given = [name for name in rule.inputs if name in quantities]
    if not given:
        return None
    minimum = next((figure.value for figure in rule.figures if figure.name == "minimum"), 0)
    total, parts = 0, []
    for name in given:
        per = _figure(rule, "per", name, 1)
        included = _figure(rule, "included", name, 0)
        asked = quantities[name]
        over = max(Decimal(0), asked - included)
        total += int((over / per).to_integral_value(ROUND_CEILING))
        parts.append(f"ceil(({asked:f} - {included}) / {per})" if included else f"ceil({asked:f} / {per})")
    units = max(minimum, total)
    return Pack(
        rule=rule.rule or "", id=rule.id, units=units, arithmetic=f"max({minimum}, {' + '.join(parts)}) = {units}"
    )


def add_ons(case: Case) -> Iterator[Finding]:
    """R-038: packs that an edition of its own carries have to be chosen when there are any."""
    for rule in case.service.quantity_rules:
        carriers = {figure.edition for figure in rule.figures if figure.name == "per" and figure.edition}
        pack = pack_of(rule, case.wanted.quantities) if rule.kind == "ceil" and carriers else None
        if pack and pack.units and not carriers & case.chosen:
            names = ", ".join(sorted(carriers))
            yield case.violated(
                pack.rule,
                rule.id,
                f"needs {pack.units} of {names}: {pack.arithmetic}",
                f"须加购{names} {pack.units}个：{pack.arithmetic}",
            )


def limits(case: Case) -> Iterator[Finding]:
    """R-032, R-035..R-038, R-040: a quantity outside a limit or quota; what follows is the rule's effect."""
    for rule in case.service.quantity_rules:
        if rule.kind in ("limit", "quota") and case.applies(rule):
            broken = _broken(rule, case)
            if broken:
                yield from _outside(case, rule, broken)


def recommendations(case: Case) -> Iterator[Finding]:
    """R-029: a recommended quantity is a warning, never a block."""
    for rule in case.service.quantity_rules:
        if rule.kind == "recommended" and case.applies(rule):
            for figure in rule.figures:
                asked = case.wanted.quantities.get(figure.of or "", Decimal(0))
                if _is_for(figure, case) and _breaks(figure, asked):
                    text = _shown(figure, asked)
                    yield case.warned(rule.rule or "R-029", rule.id, f"recommended: {text}", f"建议：{text}")


def tiers(case: Case) -> Iterator[Finding]:
    """R-033, R-034: the chosen edition has to fit the quantities; the answer names those that do."""
    for rule in case.service.quantity_rules:
        if rule.kind == "tier" and any(name in case.wanted.quantities for name in rule.inputs):
            fitting = fitting_editions(rule, case.wanted.quantities)
            wrong = sorted(case.chosen & _tiers_of(rule).keys() - set(fitting))
            if not fitting:
                yield case.violated(
                    rule.rule or "", rule.id, "no tier fits: special agreement", "超出全部档位，须另行约定"
                )
            elif wrong:
                names = ", ".join(fitting)
                yield case.violated(
                    rule.rule or "",
                    rule.id,
                    f"{', '.join(wrong)} does not fit; fitting: {names}",
                    f"所选档位不符，适用：{names}",
                )


def fitting_editions(rule: QuantityRule, quantities: dict[str, Decimal]) -> list[str]:
    """The editions whose figures hold every given quantity, in the order of the entry.

    An edition without a figure for an input that was given does not cover that input.
    """
    given = {name for name in rule.inputs if name in quantities}
    return [
        edition
        for edition, figures in _tiers_of(rule).items()
        if given <= {figure.of for figure in figures}
        and not any(_breaks(figure, quantities[figure.of or ""]) for figure in figures if figure.of in given)
    ]


def edition_limits(case: Case) -> Iterator[Finding]:
    """R-037, R-301: bounds written at an edition or option that no quantity rule repeats."""
    ruled = {name for rule in case.service.quantity_rules for name in rule.inputs}
    entries = [e for e in case.service.editions if e.id in case.chosen]
    for edition in entries:
        for limit in edition.limits:
            asked = case.wanted.quantities.get(limit.of)
            if asked is None or limit.of in ruled:
                continue
            over = limit.max is not None and (asked >= limit.max if limit.strict else asked > limit.max)
            under = limit.min is not None and (asked <= limit.min if limit.strict else asked < limit.min)
            if over or under:
                text = f"{limit.of} = {asked:f} ({limit.min}..{limit.max})"
                yield case.violated("R-037", limit.of, f"outside the limit: {text}", f"超出限额：{text}")


def _outside(case: Case, rule: QuantityRule, broken: list[str]) -> Iterator[Finding]:
    text, rule_id = "; ".join(broken), rule.rule or "R-037"
    if rule.effect == "upsell":
        follow_ups = _sold_with(case)
        if not follow_ups:
            yield case.violated(
                rule_id,
                rule.id,
                f"above the limit, a further pack has to be bought: {text}",
                f"超过限额，{rule.text_zh}：{text}",
            )
    elif rule.effect in ("assessment", "warning", "charge"):
        yield case.warned(rule_id, rule.id, f"assessed separately: {text}", f"须另行评估：{text}")
    else:
        yield case.violated(rule_id, rule.id, f"outside the limit: {text}", f"超出限额：{text}")


def _sold_with(case: Case) -> list[str]:
    """The services of the request that are sold only together with this one: the packs of an upsell (R-032)."""
    return [
        name
        for name, revision in case.revisions.items()
        if any(p.kind == "service_bought" and p.of == case.wanted.service for p in revision.service.prerequisites)
    ]


def _broken(rule: QuantityRule, case: Case) -> list[str]:
    quantities = case.wanted.quantities
    return [
        _shown(figure, quantities[figure.of])
        for figure in rule.figures
        if figure.of in quantities and _is_for(figure, case) and _breaks(figure, quantities[figure.of])
    ]


def _tiers_of(rule: QuantityRule) -> dict[str, list[Figure]]:
    tiers: dict[str, list[Figure]] = {}
    for figure in rule.figures:
        if figure.edition:
            tiers.setdefault(figure.edition, []).append(figure)
    return tiers


def _figure(rule: QuantityRule, name: str, of: str, default: int) -> int:
    return next((f.value for f in rule.figures if f.name == name and f.of == of), default)


def _is_for(figure: Figure, case: Case) -> bool:
    return figure.edition is None or figure.edition in case.chosen


def _breaks(figure: Figure, asked: Decimal) -> bool:
    breaks = _BREAKS.get(figure.name)
    return breaks is not None and breaks(asked, figure.value)


def _shown(figure: Figure, asked: Decimal) -> str:
    return f"{figure.of} {asked:f}, {_SIGNS[figure.name]} {figure.value}"
