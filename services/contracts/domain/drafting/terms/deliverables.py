"""From the deliverables of a catalogue document to those of a contract: which are required, which come as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.contracts.domain.catalogue.document import Deliverable
from services.contracts.domain.drafting.errors import ConditionUnknown
from shared.kernel.admission import pointer_step
from shared.kernel.errors import told
from shared.public_events.terms import DeliverableTerm

# What a deliverable of these types is received by is evidence in words, not a file.
TYPES_WITHOUT_FILE = frozenset({"培训", "支持", "SaaS"})
# The sources put the name of a document into 《》. Where they print neither that nor a type, its last words tell [READ].
DOCUMENT_MARK = "《"
DOCUMENT_ENDINGS = ("报告", "方案", "手册", "文档", "日报", "表", "分析", "照片", "邀请函", "介绍")


def deliverable_terms(entries: Iterable[Deliverable], conditions: Mapping[str, bool]) -> tuple[DeliverableTerm, ...]:
    """Conditional deliverables are required only if their condition is marked true (R-043)."""
    entries = tuple(entries)
    conditional = {entry.id for entry in entries if entry.conditional}
    for name in conditions:
        if name not in conditional:
            raise ConditionUnknown(name, field=f"/conditions/{pointer_step(name)}", known=told(conditional))
    return tuple(
        DeliverableTerm(
            deliverable_id=entry.id,
            name_zh=entry.name_zh,
            name_en=entry.name_en,
            phase_zh=entry.phase_zh or "",
            type_zh=entry.type_zh or "",
            file_expected=expects_file(entry.name_zh, entry.type_zh),
            required=entry.blocking and (not entry.conditional or conditions.get(entry.id, False)),
            alternative_group=entry.alternative_group or "",
        )
        for entry in entries
    )


def expects_file(name_zh: str, type_zh: str | None) -> bool:
    """Whether a deliverable is received as a file; else its evidence is (R-008)."""
    if type_zh:
        return type_zh not in TYPES_WITHOUT_FILE
    return DOCUMENT_MARK in name_zh or name_zh.endswith(DOCUMENT_ENDINGS)
