"""Submit a deliverable, once or again."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from services.acceptance.domain.base import FILES_MAX, Body
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.texts import Text
from shared.public_events.submissions import FileRef


class SubmitDeliverable(Body, frozen=True, kw_only=True):
    """Submit a version of a deliverable, or record the evidence of a training as its files (R-125, R-134).

    `content_sha256` is optional: where it is given it must be the hash of the files (`submission_sha256`).
    """

    deliverable: Identifier
    files: Annotated[tuple[FileRef, ...], Meta(max_length=FILES_MAX)] = ()
    note: Text = ""
    content_sha256: Sha256 | None = None


class NewVersion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new version of one deliverable in a resubmission."""

    deliverable: Identifier
    files: Annotated[tuple[FileRef, ...], Meta(max_length=FILES_MAX)] = ()
    note: Text = ""
    content_sha256: Sha256 | None = None
