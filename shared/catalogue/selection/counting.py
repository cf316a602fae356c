"""Packs and tiers over ordered quantities, figures from the entry (R-029..R-034, R-037, R-038): how much is bought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from shared.catalogue.format.model import QuantityRule
from shared.catalogue.format.values import Figure
from shared.catalogue.selection.answer import Finding, Pack
from shared.catalogue.selection.case import Case
from shared.catalogue.selection.figures import breaks, is_for, shown

STARTED_TERABYTE = "R-031"


def packs(case: Case) -> tuple[Pack, ...]:
    """R-030, R-031, R-037, R-038: units with the arithmetic shown, for the quantities that were given."""
    return tuple(pack for rule in _unit_rules(case) if (pack := pack_of(rule, case)) is not None)


def _unit_rules(case: Case) -> Iterator[QuantityRule]:
    return (rule for rule in case.service.quantity_rules if rule.effect == "units")


def pack_of(rule: QuantityRule, case: Case) -> Pack | None:
    """The units of one rule: max(minimum, sum of ceil((asked - included) / per)); None without a quantity.

    A limit of one whose effect is units sells one unit for each (R-037: several A14 for several applications).
    """
    given = [name for name in rule.inputs if name in case.quantities]
    if not given:
        return None
    is_floor = rule.rule == STARTED_TERABYTE and case.wanted.readings.started_terabyte == "down"
    name_of, rounding = ("floor", ROUND_FLOOR) if is_floor else ("ceil", ROUND_CEILING)
    minimum = next((figure.value for figure in rule.figures if figure.name == "minimum"), 0)
    total, parts = 0, []
    for name in given:
        per = _figure(rule, "per", name) or _figure(rule, "at_most", name) or 1
        included = _figure(rule, "included", name) or 0
        asked = case.quantities[name]
        over = max(Decimal(0), asked - included)
        total += int((over / per).to_integral_value(rounding))
        shown_over = f"({asked:f} - {included})" if included else f"{asked:f}"
        parts.append(f"{name_of}({shown_over} / {per})")
    units = max(minimum, total)
    arithmetic = f"max({minimum}, {' + '.join(parts)}) = {units}"
    return Pack(rule=rule.rule or "", id=rule.id, units=units, arithmetic=arithmetic)


def add_ons(case: Case) -> Iterator[Finding]:
    """R-031, R-038: as many packs are bought as the arithmetic asks for, before or together."""
    for rule in _unit_rules(case):
        pack = pack_of(rule, case)
        carriers = _carriers(rule, case)
        if pack is None or not pack.units or not carriers:
            continue
        bought = {name for name in carriers if f"{case.wanted.service}:{name}" in case.request.bought}
        ordered = [count for name in sorted(carriers & case.chosen) if (count := ordered_packs(case, name)) is not None]
        is_enough = sum(ordered) >= pack.units if ordered else bool(carriers & case.chosen)
        if not is_enough and not bought:
            names_en, names_zh = case.names(sorted(carriers))
            yield case.violated(
                pack.rule,
                case.at("quantities" if ordered else "editions"),
                rule.id,
                f"needs {pack.units} of {names_en}: {pack.arithmetic}",
                f"须购买{names_zh}{pack.units}个：{pack.arithmetic}",
            )


def _carriers(rule: QuantityRule, case: Case) -> set[str]:
    """The editions that are bought as the packs of a rule: those of its figures, or the pack of the service."""
    named = {figure.edition for figure in rule.figures if figure.name == "per" and figure.edition}
    return named or {edition.id for edition in case.editions if edition.kind == "pack"}


def ordered_packs(case: Case, edition: str) -> Decimal | None:
    """How many packs of an edition the request states; None leaves it to the arithmetic."""
    return case.wanted.quantities.get(edition)


def recommendations(case: Case) -> Iterator[Finding]:
    """R-029: a recommended quantity is a warning, never a block."""
    for rule in case.service.quantity_rules:
        if rule.kind == "recommended" and case.applies(rule):
            for figure in rule.figures:
                asked = case.quantities.get(figure.of or "", _packs_chosen(case))
                if is_for(figure, case) and breaks(figure, asked):
                    text = shown(figure, asked)
                    field = case.at_quantity(figure.of or "")
                    yield case.warned(rule.rule or "R-029", field, rule.id, f"recommended: {text}", f"建议：{text}")


def _packs_chosen(case: Case) -> Decimal:
    """The packs of all chosen editions; one of each whose number is not stated."""
    chosen = [edition.id for edition in case.editions if edition.kind == "pack"]
    return sum((ordered_packs(case, name) or Decimal(1) for name in chosen), Decimal(0))


def tiers(case: Case) -> Iterator[Finding]:
    """R-033, R-034: the chosen edition has to fit the quantities; the answer names those that do."""
    for rule in case.service.quantity_rules:
        if rule.kind != "tier" or not any(name in case.quantities for name in rule.inputs):
            continue
        fitting = fitting_editions(rule, case.quantities)
        wrong = sorted(case.chosen & _tiers_of(rule).keys() - set(fitting))
        field = case.at("editions")
        if not fitting:
            text_en, text_zh = "no tier fits: special agreement", "超出全部档位，须另行约定"
            yield case.violated(rule.rule or "R-033", field, rule.id, text_en, text_zh)
        elif wrong:
            wrong_en, wrong_zh = case.names(wrong)
            names_en, names_zh = case.names(fitting)
            text_en = f"{wrong_en} does not fit; fitting: {names_en}"
            yield case.violated(rule.rule or "R-033", field, rule.id, text_en, f"{wrong_zh}档位不符，适用：{names_zh}")


def fitting_editions(rule: QuantityRule, quantities: Mapping[str, Decimal]) -> list[str]:
    """The editions whose figures hold every given quantity, in the order of the entry.

    An edition without a figure for an input that was given does not cover that input.
    """
    given = {name for name in rule.inputs if name in quantities}
    return [
        edition
        for edition, figures in _tiers_of(rule).items()
        if given <= {figure.of for figure in figures}
        and not any(breaks(figure, quantities[figure.of or ""]) for figure in figures if figure.of in given)
    ]


def _tiers_of(rule: QuantityRule) -> dict[str, list[Figure]]:
    tiers: dict[str, list[Figure]] = {}
    for figure in rule.figures:
        if figure.edition:
            tiers.setdefault(figure.edition, []).append(figure)
    return tiers


def _figure(rule: QuantityRule, name: str, of: str) -> int | None:
    return next((f.value for f in rule.figures if f.name == name and f.of == of), None)
