"""What an act names and the item does not have: the refusal says which there are."""

from __future__ import annotations

from services.acceptance.domain.discrepancies.errors import DiscrepancyUnknown
from services.acceptance.domain.state import Item
from shared.kernel.errors import told


def unknown_discrepancy(item: Item, named: str, field: str) -> DiscrepancyUnknown:
    """The refusal of a name that no open discrepancy of the item has."""
    return DiscrepancyUnknown(named, field=field, known=told(found.discrepancy_id for found in item.live))
