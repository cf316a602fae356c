"""Stage 3b: the catalogue's decisions, one pure function a command."""

from __future__ import annotations

from typing import Any

from services.catalog.domain.commands import (
    ConcludeImport,
    PublishCalendarYear,
    PublishService,
    PublishTier,
    RetireService,
)
from services.catalog.domain.errors import (
    ContentHashMismatch,
    NotCatalogAdmin,
    ServiceUnknown,
)
from services.catalog.domain.events import (
    CalendarYearSet,
    ImportConcluded,
    ServiceRevised,
    ServiceWithdrawn,
    TierRevised,
)
from services.catalog.domain.state import CalendarKnown, ImportKnown, ServiceKnown, State, TierKnown
from shared.commands.command import Command, Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.actors import system_actor
from shared.kernel.names import scope_name, stream_name
from shared.messages.canonical import sha256_of_bytes
from shared.messages.events import Event, NewEvent
from shared.periods import CalendarError, WorkCalendar, calendar_of, check_plausible_year, check_year, merge

ADMIN_GRANT = "catalog_admin"

# Scope and stream of what ships with the program; like the tiers, it is the catalogue's own.
IMPORT_SCOPE = "import/shipped"
IMPORT_STREAM = "import-shipped"


def service_stream(service: str) -> str:
    """The stream of a service's revisions."""
    return stream_name("service", service)


def tier_scope(tier: str) -> str:
    """The published revisions of one tier; belongs to the catalogue's tenant."""
    return scope_name("tier", tier)


def tier_stream(tier: str) -> str:
    """The stream of a tier's revisions."""
    return stream_name("tier", tier)


def calendar_stream(calendar: str) -> str:
    """The stream of a calendar's years."""
    return stream_name("calendar", calendar)


def decide(state: State, command: Command[Any], facts: Facts) -> Decision:
    """Decide a command; raises the refusals of `domain/errors.py`."""
    body, context = command.body, command.context
    if isinstance(body, DeadlineElapsed | RecomputeDeadline):
        return UNCHANGED
    _administrator(context)
    match body:
        case PublishService():
            return _publish_service(state, body, context)
        case RetireService():
            return _retire_service(state, body, context)
        case PublishTier():
            return _publish_tier(state, body, context)
        case ConcludeImport():
            return _conclude_import(state, body, context)
        case PublishCalendarYear():
            return _publish_year(state, body, context)
        case _:
            raise TypeError(f"{type(body).__name__} is no command of the catalogue")


def _administrator(context: Context) -> None:
    """The import of the shipped data is the ledger's own act; everybody else needs the grant."""
    if context.actor != system_actor("catalog") and ADMIN_GRANT not in context.actor.grants:
        raise NotCatalogAdmin


def _done(stream: str, event: Event, context: Context, **data: str | int) -> Decision:
    new = NewEvent(stream=stream, data=event, effective_at=context.received_at)
    return Decision(events=(new,), outcome=Outcome(data=data))


def _publish_service(state: State, body: PublishService, context: Context) -> Decision:
    """The same content again is no new revision; anything else is, and what is pinned stays (R-014, R-020)."""
    _check_hash(body)
    known = state if isinstance(state, ServiceKnown) else None
    if known and known.published[-1] == body.content_sha256 and not known.retired:
        return UNCHANGED
    event = ServiceRevised(
        service=body.service,
        revision=len(known.published) + 1 if known else 1,
        content_sha256=body.content_sha256,
        document=body.document,
    )
    return _done(service_stream(body.service), event, context, revision=event.revision)


def _check_hash(body: PublishService | PublishTier) -> None:
    if sha256_of_bytes(bytes(body.document)) != body.content_sha256:
        raise ContentHashMismatch(field="/content_sha256")


def _publish_tier(state: State, body: PublishTier, context: Context) -> Decision:
    """As with a service: the same content again is no new revision."""
    _check_hash(body)
    published = state.published if isinstance(state, TierKnown) else ()
    if published and published[-1] == body.content_sha256:
        return UNCHANGED
    event = TierRevised(
        tier=body.tier,
        revision=len(published) + 1,
        content_sha256=body.content_sha256,
        document=body.document,
    )
    return _done(tier_stream(body.tier), event, context, revision=event.revision)


def _conclude_import(state: State, body: ConcludeImport, context: Context) -> Decision:
    if isinstance(state, ImportKnown) and state.content_sha256 == body.content_sha256:
        return UNCHANGED
    return _done(IMPORT_STREAM, ImportConcluded(content_sha256=body.content_sha256), context)


def _retire_service(state: State, body: RetireService, context: Context) -> Decision:
    if not isinstance(state, ServiceKnown):
        raise ServiceUnknown(body.service, field="service")
    if state.retired:
        return UNCHANGED
    event = ServiceWithdrawn(service=body.service, reason=body.reason)
    return _done(service_stream(body.service), event, context)


def _merged(body: PublishCalendarYear, calendar: WorkCalendar) -> WorkCalendar:
    try:
        check_year(body.year)
        check_plausible_year(body.calendar, body.year)
        return merge(calendar, body.year)
    except CalendarError as error:
        # It is told inside the year, and the year stands in the body.
        error.field = f"/year{error.field}"
        raise


def _publish_year(state: State, body: PublishCalendarYear, context: Context) -> Decision:
    """A year already known with the same content is a repeat; with other content it is an amendment (R-404).

    Raises CalendarError (an InvalidRequest) for what no notice can say, and for a gap between years (R-012).
    """
    known = state if isinstance(state, CalendarKnown) else None
    published = known.year(body.year.year) if known else None
    if published == body.year:
        return UNCHANGED
    merged = _merged(body, known.calendar if known else calendar_of(body.calendar))
    event = CalendarYearSet(
        calendar=body.calendar,
        version=merged.version,
        year=body.year,
        amends=published is not None,
        reason=body.reason,
    )
    warnings = {f"warning_{number}": text for number, text in enumerate(body.doubts, start=1)}
    return _done(calendar_stream(body.calendar), event, context, version=merged.version, **warnings)
