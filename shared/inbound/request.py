"""From a record of `ledger.inbound.<service>.v1` to a stamped command: the same routes, keys and rules as over HTTP.

Pure: the time of receipt is the broker's append time, which arrives with the record (R-409).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from shared.commands.command import NOBODY, Asked, Command, Context, Rejected
from shared.commands.outcomes import request_key
from shared.config import BODY_BYTES_MAX_DEFAULT
from shared.inbound.address import ADDRESS_CHARS_MAX, address_of
from shared.inbound.errors import NoAppendTime, UnknownCommandType
from shared.inbound.keys import Sender, SenderRegistry
from shared.inbound.signature import sender_of
from shared.kernel.errors import LedgerError
from shared.kernel.ids import END, Identifier, derived_id
from shared.kernel.instants import Instant, parse_rfc3339, to_instant
from shared.messages import canonical
from shared.messages.cloudevents import AttributeInvalid, CloudEvent, Header, read
from shared.telemetry.spans import valid_traceparent
from shared.web.bodies import decode_body
from shared.web.routes import CommandCall, CommandRoute, Route

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PARAMETER: Final = re.compile(r"{(\w+)}")
_PATH: Final = msgspec.json.Decoder(dict[str, Identifier])
_VERSION: Final = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,17})" + END)]


class InboundRecord(Struct, frozen=True, kw_only=True):
    """A record as the broker gave it; `appended_at_ms` is its LogAppendTime (ms since 1970), None where it has none."""

    headers: tuple[Header, ...]
    value: bytes | None
    appended_at_ms: int | None

    @property
    def received_at(self) -> Instant | None:
        """The legal time of receipt (R-409)."""
        if self.appended_at_ms is None:
            return None
        return to_instant(_EPOCH + timedelta(milliseconds=self.appended_at_ms))


class Unaddressed(Struct, frozen=True):
    """A record that nobody can be told about."""

    error: LedgerError


def command_type(route: CommandRoute) -> str:
    """The CloudEvents type of a command, such as `ledger.command.submitDeliverable.v1`."""
    return f"ledger.command.{route.operation_id}.v1"


class InboundRequests:
    """Reads the records of one service's inbound topic.

    `senders` gives the registry as it is now. `own_time` is for runs on virtual time, where the broker's clock says
    nothing: then a record was received at the `time` that its sender gives.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        senders: Callable[[], SenderRegistry],
        data_bytes_max: int = BODY_BYTES_MAX_DEFAULT,
        *,
        own_time: bool = False,
    ) -> None:
        self._routes = {command_type(route): route for route in routes if isinstance(route, CommandRoute)}
        self._senders = senders
        self._data_bytes_max = data_bytes_max
        self._own_time = own_time

    def read(self, record: InboundRecord) -> Command[Any] | Rejected | Unaddressed:
        """The command that a record asks for; or why it asks for none, and whom to tell.

        The errors are MalformedCloudEvent, InvalidRequest and Unauthenticated under the names of
        `shared.inbound.errors`, and whatever the route refuses.
        """
        tenant = NOBODY
        try:
            event, received_at = self._event(record)
            sender = sender_of(event, self._senders(), received_at)
            tenant = sender.tenant
            return self._command(event, sender, received_at)
        except LedgerError as error:
            return rejection(record, tenant, error)

    def _event(self, record: InboundRecord) -> tuple[CloudEvent, Instant]:
        if record.received_at is None:
            raise NoAppendTime
        event = read(record.headers, record.value, self._data_bytes_max)
        return event, _own_time(event) if self._own_time else record.received_at

    def _command(self, event: CloudEvent, sender: Sender, received_at: Instant) -> Command[Any]:
        route = self._routes.get(event.attributes["type"])
        if route is None:
            raise UnknownCommandType(field="type")
        path = _path(route, event.attributes)
        body, plain = decode_body(event.data, msgspec.json.Decoder(route.body))
        fingerprint = canonical.sha256([event.attributes["type"], path, plain])
        context = _context(event, sender, fingerprint, received_at)
        return route.to_command(CommandCall(path=path, context=context), body)


def rejection(record: InboundRecord, tenant: str, error: LedgerError) -> Rejected | Unaddressed:
    """Why a record asks for nothing, and whom to tell if that can be read."""
    address = address_of(record.headers, record.value)
    if address is None:
        return Unaddressed(error)
    asked = Asked(source=address.source, id=address.id, type=address.type, received_at=record.received_at)
    return Rejected(tenant=tenant, asked=asked, error=error)


def _own_time(event: CloudEvent) -> Instant:
    try:
        return parse_rfc3339(event.attributes.get("time", ""))
    except (ValueError, OverflowError) as error:
        raise AttributeInvalid(str(error), field="time") from None


def _path(route: CommandRoute, attributes: Mapping[str, str]) -> dict[str, str]:
    """The path parameters that the route has, from the attribute `path`, a JSON object."""
    try:
        path = _PATH.decode(attributes.get("path", "{}"))
    except msgspec.MsgspecError as error:
        raise AttributeInvalid(str(error), field="path") from None
    expected = set(_PARAMETER.findall(route.path))
    if path.keys() != expected:
        raise AttributeInvalid(f"expected members: {', '.join(sorted(expected)) or 'none'}", field="path")
    return path


def _context(event: CloudEvent, sender: Sender, fingerprint: str, received_at: Instant) -> Context:
    """An id is unique within its source (CloudEvents 1.0, section 3.1.1), so the two are the idempotency key.

    There is no machine time: a record that waited in the topic was received when the broker took it in (R-401).
    """
    actor, attributes = sender.actor, event.attributes
    for name in ("source", "id"):
        if len(attributes[name]) > ADDRESS_CHARS_MAX:
            raise AttributeInvalid(f"at most {ADDRESS_CHARS_MAX} characters", field=name)
    asked = Asked(
        source=attributes["source"],
        id=attributes["id"],
        type=attributes["type"],
        received_at=received_at,
        traceparent=valid_traceparent(attributes.get("traceparent")),
    )
    key = request_key(asked.source, asked.id)
    command_id = derived_id(sender.tenant, actor.issuer, actor.subject, key, fingerprint)
    return Context(
        tenant=sender.tenant,
        actor=actor,
        key=key,
        fingerprint=fingerprint,
        command_id=command_id,
        received_at=received_at,
        correlation_id=command_id,
        traceparent=asked.traceparent,
        expected_version=_expected_version(attributes.get("expectedversion")),
        asked=asked,
    )


def _expected_version(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(msgspec.convert(text, _VERSION))
    except msgspec.ValidationError:
        raise AttributeInvalid("a version is a whole number from 0", field="expectedversion") from None
