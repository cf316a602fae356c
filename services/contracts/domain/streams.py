"""The streams of a contract's scope; their names are stored with the events, for ever."""

from __future__ import annotations

from shared.kernel.names import stream_name


def contract_stream(contract: str) -> str:
    """The contract itself: draft, signatures, roles, terms, milestones, completion."""
    return stream_name("contract", contract)


def change_stream(contract: str, change: str) -> str:
    """One change form."""
    return stream_name("change", contract, change)


def risk_stream(contract: str, risk: str) -> str:
    """One risk notice."""
    return stream_name("risk", contract, risk)
