"""Published tiers: the newest revision of each, and every revision for ever."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from services.catalog.domain.events import TierRevised
from shared.kernel.instants import Instant
from shared.kernel.names import key_name
from shared.messages.events import Recorded
from shared.projections.view import View, arrival


class TierDocument(Struct, frozen=True, kw_only=True):
    """A revision of a tier; `document` is the whole entry of the overview."""

    tier: str
    revision: int
    content_sha256: str
    published_at: Instant
    document: Raw


class NewestTier(TierDocument, frozen=True, kw_only=True):
    """The newest revision, with the place of the log where it was published."""

    published: int


def _newest_key(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.data
    return (event.tier,) if isinstance(event, TierRevised) else ()


def _revision_key(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.data
    return (key_name(event.tier, str(event.revision)),) if isinstance(event, TierRevised) else ()


def _apply(document: TierDocument | None, key: str, recorded: Recorded) -> TierDocument:
    event = recorded.data
    if not isinstance(event, TierRevised):
        raise TypeError(f"{recorded.type} is not about a tier")
    return TierDocument(
        tier=event.tier,
        revision=event.revision,
        content_sha256=event.content_sha256,
        published_at=recorded.recorded_at,
        document=event.document,
    )


def _apply_newest(document: NewestTier | None, key: str, recorded: Recorded) -> NewestTier | None:
    return NewestTier(**msgspec.structs.asdict(_apply(document, key, recorded)), published=recorded.position)


TIERS: View[NewestTier] = View(
    name="tiers",
    version=2,
    document=NewestTier,
    keys=_newest_key,
    apply=_apply_newest,
    labels=lambda document: ("*",),
    order=lambda document: arrival(document.published),
)
TIER_REVISIONS: View[TierDocument] = View(
    name="tier_revisions",
    version=2,
    document=TierDocument,
    keys=_revision_key,
    apply=_apply,
)
