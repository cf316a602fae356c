"""What is refused about the files of a deliverable."""

from __future__ import annotations

from shared.kernel.errors import Refused


class DeliverableNotOfItem(Refused):
    """The deliverable is not part of the item (R-128)."""

    code = "DELIVERABLE_NOT_OF_ITEM"
    rule = "R-128"
    title_en = "The item does not contain this deliverable"
    title_zh = "该验收项不包含此交付物"


class FilesMissing(Refused):
    """A document needs at least one file (R-125)."""

    code = "FILES_MISSING"
    rule = "R-125"
    title_en = "A deliverable needs at least one file"
    title_zh = "交付物至少需要一个文件"


class EvidenceMissing(Refused):
    """A training needs its evidence (R-134)."""

    code = "EVIDENCE_MISSING"
    rule = "R-134"
    title_en = "A deliverable without a file needs evidence: sign-in sheet, photos, invitation or a note"
    title_zh = "无文件的交付物须提交佐证：签到表、照片、邀请函或说明"


class FileHashMismatch(Refused):
    """The stated hash is not the hash of the files (R-125)."""

    code = "FILE_HASH_MISMATCH"
    rule = "R-125"
    title_en = "The stated hash is not the hash of the files named"
    title_zh = "所填哈希与文件清单的哈希不一致"


class NotOpenForSubmission(Refused):
    """The item is under review or further; a new version comes by resubmission (R-140, R-157)."""

    code = "NOT_OPEN_FOR_SUBMISSION"
    rule = "R-140"
    title_en = "The item is already under review; a corrected version is resubmitted after a discrepancy notice"
    title_zh = "该验收项已进入审核；更正版本须在不符点通知后重新提交"
