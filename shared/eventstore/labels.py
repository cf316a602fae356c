"""The labels of a document as a column of its row, each with its place where it has one of its own."""

from __future__ import annotations

from typing import Final

from shared.eventstore.port import Document
from shared.messages import canonical

# Between a label and its place where that is not the document's; no name holds it, for controls are let in nowhere.
PLACED: Final = "\x1f"


def listed_by(document: Document) -> str:
    """The column: JSON, a text a label."""
    places = document.places
    listed = (f"{label}{PLACED}{places[label]}" if label in places else label for label in document.labels)
    return canonical.encode(tuple(dict.fromkeys(listed))).decode()
