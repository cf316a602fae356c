"""The four services as parts, in the order in which they start."""

from __future__ import annotations

from services.acceptance.part import ACCEPTANCE_PART
from services.catalog.part import CATALOG_PART
from services.contracts.part import CONTRACTS_PART
from services.notifier.part import NOTIFIER_PART

PARTS = (CATALOG_PART, CONTRACTS_PART, ACCEPTANCE_PART, NOTIFIER_PART)

__all__ = ["ACCEPTANCE_PART", "CATALOG_PART", "CONTRACTS_PART", "NOTIFIER_PART", "PARTS"]
