"""Accept an item."""

from __future__ import annotations

from typing import Literal

from services.acceptance.domain.base import Body, SignatureMethod
from shared.kernel.ids import Sha256
from shared.kernel.texts import LongLine

Form = Literal[
    "written",
    "email",
    "online_button",
    "online_click",
    "online_confirmation",
    "console",
    "signature",
    "signature_both",
    "seal",
    "signed_form",
    "signed_test_report",
    "joint_confirmation",
    "confirmation",
    "evaluation",
]


class AcceptItem(Body, frozen=True, kw_only=True):
    """Accept, sign or confirm an item (R-141, R-150); the signature covers the content hash that was shown (R-425)."""

    form: Form
    content_sha256: Sha256
    method: SignatureMethod = "click"
    reference: LongLine = ""
