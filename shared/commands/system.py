"""Commands that the ledger itself gives: a fired deadline, a recorded delivery, an import.

Their keys and ids are derived from what they are about, so that a repeat is recognised whoever sends it.
"""

from __future__ import annotations

from msgspec import Struct

from shared.commands.command import Command, Context
from shared.kernel.actors import system_actor
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant


def system_command(
    service: str,
    tenant: str,
    scope: str,
    stream: str,
    body: Struct,
    *,
    key: tuple[str, ...],
    received_at: Instant,
    causation_id: str = "",
    traceparent: str | None = None,
) -> Command[Struct]:
    """A command of `service` to itself; `key` holds the parts that make it this command and no other.

    The key alone is the fingerprint: a repeat may carry another instant and is still the same command.
    """
    command_id = derived_id(service, tenant, scope, *key)
    context = Context(
        tenant=tenant,
        actor=system_actor(service),
        key=command_id,
        fingerprint=command_id,
        command_id=command_id,
        received_at=received_at,
        correlation_id=command_id,
        causation_id=causation_id,
        traceparent=traceparent,
    )
    return Command(scope=scope, stream=stream, context=context, body=body)
