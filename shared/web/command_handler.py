"""Stage 1 of a command: from an authenticated request to a stamped command, and from its result to the answer.

What the ledger stamped is what it decides (R-409): between the stamp and the submission a body is decoded, a large one
in a thread, and nothing else.
By a clock that is not believed nothing is stamped.
There is no time limit on the submission either: to answer "unavailable" while the command may still be recorded would
be a lie. The writer's own queue is bounded and says so at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web
from msgspec import Struct
from msgspec.structs import replace

from shared.commands.command import Command, Context
from shared.commands.decision import OutcomeKind, Result
from shared.commands.stored_answer import stores
from shared.kernel.errors import ClockUntrusted, LedgerError
from shared.kernel.ids import derived_id
from shared.kernel.threads import off_the_loop
from shared.messages import canonical
from shared.telemetry.metrics import measure
from shared.telemetry.spans import current_traceparent, span
from shared.web.answers import json_answer
from shared.web.bodies import check_media_type, decode_body, read_body
from shared.web.edge import IDENTITY, Clocks, Handler, ServedService
from shared.web.errors import RefusedOnRelease, WithoutEffect
from shared.web.headers import (
    LEDGER_POSITION,
    expected_version,
    idempotency_key,
    position_reached,
    version_tag,
)
from shared.web.parameters import query_parameters
from shared.web.paths import path_parameters
from shared.web.quotas import QuotaName, Quotas
from shared.web.routes import CommandCall, CommandRoute

REQUEST_ID_BYTES: Final = 16

_STATUS: Mapping[OutcomeKind, int] = {"done": 200, "unchanged": 200, "conditional": 202}


class CommandAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a command ended; the same for the first call and for every repeat of its key.

    done: recorded. unchanged: it was recorded before (R-421). conditional: recorded, decided later (R-401, R-403);
    repeat the request with the same key for the final answer. `version` is the version of `stream` afterwards,
    `position` the sealed place in the service's log of the last event written, `events` the ids of what was written,
    and `data` what to go on with, such as the id of what was made. A draft tells in `made` the ids of its items,
    deliverables, milestones and payment lines, and in `parameters` those that it has, with the values that they got.
    """

    outcome: OutcomeKind
    stream: str
    version: int
    position: str = ""
    events: tuple[str, ...] = ()
    code: str = ""
    rule: str = ""
    field: str = ""
    detail: str = ""
    data: dict[str, str | int] = {}
    made: dict[str, tuple[str, ...]] = {}
    parameters: dict[str, str] = {}


def command_handler(route: CommandRoute, service: ServedService, clocks: Clocks, quotas: Quotas) -> Handler:
    """The aiohttp handler of a command route."""
    shape = msgspec.json.Decoder(route.body)
    limited_by: tuple[QuotaName, ...] = ("refusals", route.makes) if route.makes else ("refusals",)

    async def handle(request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        check_media_type(request)
        for quota in limited_by:
            quotas.check(quota, identity)
        query_parameters(request, {})
        key = idempotency_key(request)
        version = expected_version(request)
        path = path_parameters(request)
        data = await read_body(request)
        if doubt := service.belief.trouble():
            raise ClockUntrusted(f"{doubt.zh} / {doubt.en}")
        received_at, received_machine_s = clocks.legal.now(), clocks.machine.now()
        traceparent = current_traceparent()

        request_id = secrets.token_hex(REQUEST_ID_BYTES) if route.shown_once else ""

        def command_of() -> tuple[CommandCall, Command[Any]]:
            body, plain = decode_body(data, shape)
            fingerprint = canonical.sha256([hdrs.METH_POST, route.path, path, plain])
            command_id = derived_id(identity.tenant, identity.actor.issuer, identity.actor.subject, key, fingerprint)
            context = Context(
                tenant=identity.tenant,
                actor=identity.actor,
                key=key,
                fingerprint=fingerprint,
                command_id=command_id,
                received_at=received_at,
                received_machine_s=received_machine_s,
                correlation_id=command_id,
                traceparent=traceparent,
                expected_version=version,
            )
            call = CommandCall(path=path, context=context, request=request_id)
            return call, route.to_command(call, body)

        call, command = await off_the_loop(len(data), command_of)
        with span("ledger.submit", service=service.name, operation=route.operation_id):
            try:
                result = await service.log.submit(command)
            except LedgerError as error:
                if stores(error):
                    quotas.spend("refusals", identity)
                raise
        if route.makes and result.outcome.kind == "done":
            quotas.spend(route.makes, identity)
        measure("ledger_command_total", 1, {"service": service.name, "outcome": result.outcome.kind})
        position = service.sealer.position(identity.tenant, result.position) if result.position else ""
        return answer(route, service.name, path, _with_secret(route, service, call, result), position)

    return handle


def _with_secret(route: CommandRoute, service: ServedService, call: CommandCall, result: Result) -> Result:
    """What is shown once is shown to the request that did it, and never to a repeat of it."""
    outcome = result.outcome
    if route.shown_once is None or outcome.data.get("request") != call.request:
        return result
    shown = route.shown_once(call, result, service.master_key)
    return replace(result, outcome=replace(outcome, data={**outcome.data, **shown}))


def answer(route: CommandRoute, service: str, path: Mapping[str, str], result: Result, position: str) -> web.Response:
    """The HTTP answer to a result; raises what the caller has to be told as an error (R-401, R-426)."""
    outcome = result.outcome
    if outcome.kind == "without_effect":
        raise WithoutEffect(result)
    if outcome.kind == "refused":
        raise RefusedOnRelease(result)
    status = _STATUS[outcome.kind]
    headers: dict[str, str] = {hdrs.ETAG: version_tag(result.version)}
    if position:
        headers[LEDGER_POSITION] = position_reached(service, position)
    if route.location and outcome.kind == "done":
        status = 201
        headers[hdrs.LOCATION] = route.location.format_map({**path, **outcome.data})
    said = CommandAnswer(
        outcome=outcome.kind,
        stream=result.stream,
        version=result.version,
        position=position,
        events=result.event_ids,
        code=outcome.code,
        rule=outcome.rule,
        field=outcome.field,
        detail=outcome.detail,
        data=outcome.data,
        made=outcome.made or {},
        parameters=outcome.parameters or {},
    )
    return json_answer(said, status=status, headers=headers)
