"""What a contract may be drafted from: editions, options and items that the catalogue revision has (R-021..R-026).

Whether a whole selection holds is the catalogue's to say; a contract refuses what its own document shows to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from services.contracts.domain.catalogue.document import ServiceDocument
from services.contracts.domain.selection.commands import SelectionBody
from services.contracts.domain.selection.errors import (
    ChoiceNotPossible,
    EditionUnknown,
    NotInTheCatalogue,
    TooManyPacks,
)
from shared.kernel.errors import told

# Each pack is an acceptance item of its own, and the terms are one public event.
PACKS_MAX = 50


def chosen_editions(editions: Iterable[str], document: ServiceDocument) -> frozenset[str]:
    """The chosen editions; the one edition of a service is chosen by itself. Raises EditionUnknown."""
    known = [edition.id for edition in document.editions]
    chosen = frozenset(editions)
    for edition in sorted(chosen - set(known)):
        raise EditionUnknown(edition, field="/editions", known=told(known))
    return chosen or frozenset(known if len(known) == 1 else ())


def check_choices(chosen: frozenset[str], document: ServiceDocument) -> None:
    """Raises ChoiceNotPossible for two of a group of which one is bought, and for none of a group where one must be.

    A group can be bought in an earlier contract, so one that is empty beside other editions is left to the catalogue.
    """
    for choice in document.choices:
        if choice.editions is not None and chosen.isdisjoint(choice.editions):
            continue
        of_group = chosen.intersection(choice.of)
        names = ", ".join(choice.of)
        if choice.kind == "exactly_one" and len(of_group) > 1:
            raise ChoiceNotPossible(
                f"{choice.rule or 'R-025'}: one of {names}",
                zh=f"{choice.rule or 'R-025'}：只能选择 {names} 之一",
                field="/editions",
            )
        if choice.mandatory and not chosen:
            raise ChoiceNotPossible(
                f"{choice.rule or 'R-023'}: choose of {names}",
                zh=f"{choice.rule or 'R-023'}：须从 {names} 中选择",
                field="/editions",
            )


def check_listed(selection: SelectionBody, document: ServiceDocument) -> None:
    """Raises NotInTheCatalogue for an option or a matrix item that the document does not have (R-021)."""
    options = {option.id for option in document.options}
    items = {row.item_zh for row in document.matrix}
    for kind, asked, listed in (
        ("options", selection.options, options),
        ("chosen_items", selection.chosen_items, items),
    ):
        for name in asked:
            if name not in listed:
                raise NotInTheCatalogue(name, field=f"/selection/{kind}")


def packs_of(selection: SelectionBody | None, chosen: frozenset[str], document: ServiceDocument) -> int:
    """How many packs were bought: the quantities that are named by a chosen edition of the kind pack, one without any.

    Raises TooManyPacks above PACKS_MAX.
    """
    stated = selection.quantities if selection else {}
    packs_chosen = {edition.id for edition in document.editions if edition.kind == "pack"} & chosen
    counts = (Decimal(count) for name, count in stated.items() if name in packs_chosen)
    packs = int(sum(counts, Decimal(0)).to_integral_value(ROUND_CEILING))
    if packs > PACKS_MAX:
        raise TooManyPacks(
            f"{packs} packs; at most {PACKS_MAX} in one contract",
            zh=f"共 {packs} 包；一份合同最多 {PACKS_MAX} 包",
            field="/selection/quantities",
        )
    return max(1, packs)
