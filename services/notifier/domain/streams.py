"""The names of the notifier's streams and of the scope of an organisation's endpoints; stored with events, for ever."""

from __future__ import annotations

from shared.kernel.names import parts_of, scope_name, stream_name

ENDPOINT = "endpoint"


def notice_stream(notice: str) -> str:
    """One notice."""
    return stream_name("notice", notice)


def reminder_stream(reminder: str) -> str:
    """One reminder."""
    return stream_name("reminder", reminder)


def endpoints_scope(organisation: str) -> str:
    """The webhook endpoints of an organisation."""
    return scope_name(ENDPOINT, organisation)


def endpoint_stream(organisation: str, endpoint: str) -> str:
    """One webhook endpoint; its name is its organisation's own."""
    return stream_name(ENDPOINT, organisation, endpoint)


def earlier_stream(stream: str) -> str:
    """What logs written before December 2026 call a stream: the organisation of an endpoint was its scope only."""
    kind, parts = parts_of(stream)
    return stream_name(kind, parts[-1])
