"""The feature matrix as the chosen editions have it (R-041, R-042): what is in the order, and what cannot be chosen."""

from __future__ import annotations

from collections.abc import Iterator

from shared.catalogue.format.model import Cell, MatrixRow
from shared.catalogue.selection.answer import Finding, ScopeItem
from shared.catalogue.selection.case import Case


def scope(case: Case) -> tuple[ScopeItem, ...]:
    """Each row that has a cell for a chosen edition; of several editions the one that gives the item counts."""
    return tuple(_item(case, row, cells) for row in case.service.matrix if (cells := _cells(case, row)))


def _cells(case: Case, row: MatrixRow) -> list[Cell]:
    return [row.cells[edition.id] for edition in case.editions if edition.id in row.cells]


def _item(case: Case, row: MatrixRow, cells: list[Cell]) -> ScopeItem:
    cell = next((cell for cell in cells if _included(case, row, cell)), None)
    shown = cell or next((found for found in cells if found.support != "unsupported"), cells[0])
    return ScopeItem(
        phase_zh=row.phase_zh,
        item_zh=row.item_zh,
        support=shown.support,
        text_zh=shown.text_zh,
        included=cell is not None,
    )


def _included(case: Case, row: MatrixRow, cell: Cell) -> bool:
    """Supported is in; on demand when it was chosen; of two, the chosen one (R-024); a blank as the reading says."""
    is_chosen = row.item_zh in case.wanted.chosen_items
    match cell.support:
        case "supported":
            return True
        case "on_demand":
            return is_chosen
        case "choose_one":
            return is_chosen or any(edition.name_zh == row.item_zh for edition in case.editions)
        case "unsupported":
            return False
        case None:
            return is_chosen or case.wanted.readings.after_event == "included"


def supported(case: Case) -> Iterator[Finding]:
    """R-041: an item that no chosen edition supports cannot be chosen."""
    for row in case.service.matrix:
        cells = _cells(case, row)
        if row.item_zh in case.wanted.chosen_items and all(cell.support == "unsupported" for cell in cells):
            yield case.violated(
                "R-041",
                case.at("chosen_items"),
                row.item_zh,
                f"no chosen edition supports {row.item_zh}",
                f"所选版本不支持“{row.item_zh}”",
            )


def on_demand(case: Case) -> Iterator[Finding]:
    """R-042: a package whose items are all on demand needs the chosen items in the order."""
    for edition in case.editions:
        columns = {row.item_zh: row.cells[edition.id].support for row in case.service.matrix if edition.id in row.cells}
        offered = {item for item, support in columns.items() if support == "on_demand"}
        if offered and "supported" not in columns.values() and offered.isdisjoint(case.wanted.chosen_items):
            yield case.violated(
                "R-042",
                case.at("chosen_items"),
                edition.id,
                f"write the chosen items of {edition.id!r} into the order",
                f"{edition.name_zh}须在订单中写明所选内容",
            )
