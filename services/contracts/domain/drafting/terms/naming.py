"""The blanks in the names of a document (several X, in 【】 or bare), filled with the project's name at drafting.

What is signed names real documents. Covers name deliverables, so both are filled alike.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from services.contracts.domain.catalogue.document import Named, ServiceDocument

BLANK = re.compile(r"【X{2,8}】|X{3,8}")


def filled(document: ServiceDocument, project: str) -> ServiceDocument:
    """The document with every blank in the names of deliverables, items and milestones filled."""
    return replace(
        document,
        deliverables=tuple(replace(entry, name_zh=_filled(entry.name_zh, project)) for entry in document.deliverables),
        acceptance=tuple(
            replace(
                entry,
                name_zh=_filled(entry.name_zh, project) if entry.name_zh else entry.name_zh,
                covers=_covers(entry.covers, project),
            )
            for entry in document.acceptance
        ),
        milestones=tuple(
            replace(entry, name_zh=_filled(entry.name_zh, project), covers=_covers(entry.covers, project))
            for entry in document.milestones
        ),
    )


def _covers(covers: tuple[Named, ...], project: str) -> tuple[Named, ...]:
    return tuple(replace(cover, name_zh=_filled(cover.name_zh, project)) for cover in covers)


def _filled(name: str, project: str) -> str:
    return BLANK.sub(lambda _: project, name)
