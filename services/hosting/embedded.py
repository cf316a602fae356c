"""The embedded ledger: all four services in one process, a SQLite file each, one port, one bus (design section 2).

It is the same code as in the cluster behind the same two ports. `async with EmbeddedLedger(folder) as ledger` starts
it; at the end requests in hand finish, what is on the bus is remembered, and the files are closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.hosting.folder_lock import held
from services.hosting.notifications import sending_of
from services.hosting.parts import CATALOG_PART, NOTIFIER_PART, PARTS
from services.hosting.reference_data import import_reference_data
from services.hosting.runtime import GRACE_S, ServiceRuntime
from services.hosting.trusted_issuer import issuer_checks, issuer_keys
from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.config import ConfigError, HttpConfig, IdentityConfig
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.identity.issuer import DevelopmentIssuer
from shared.identity.jwks import RefreshedKeys
from shared.identity.master_key import master_key
from shared.identity.tokens import TokenVerifier
from shared.kernel.clock import LegalClock, MachineClock, SystemLegalClock, SystemMachineClock
from shared.kernel.instants import Instant
from shared.membership.own import Membership, membership, new_membership, same_ledger
from shared.timekeeping.receiving import received_while_believed
from shared.web.app import create_app
from shared.web.edge import Clocks
from shared.web.probes import note
from shared.web.server import serving

# On virtual time nothing is on its way while the clock is moved, so the grace only has to be there.
VIRTUAL_GRACE_S = 0.01

SETTLE_TIMEOUT_S = 60.0

# One process has the files, so it takes the turn of the one before at once.
SENDER = "embedded"

WEBHOOK_KEY_FILE = "webhook-master.key"

_log = logging.getLogger("qizhang.embedded")


class NotSettled(Exception):
    """The ledger did not come to rest in time; the text says what it was still at."""


class EmbeddedLedger:
    """A running ledger in `folder`.

    Without an `identity` that names an issuer it believes a development issuer of its own, `issuer`. `bus` makes the
    bus: tests hand in one that misbehaves. Starting raises FolderInUse while another process runs the same folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        legal: LegalClock | None = None,
        machine: MachineClock | None = None,
        http: HttpConfig | None = None,
        identity: IdentityConfig | None = None,
        grace_s: float = GRACE_S,
        bus: Callable[[MachineClock], Bus] = InProcessBus,
    ) -> None:
        self.folder = folder
        self.base_url = ""
        self.clocks = Clocks(legal=legal or SystemLegalClock(), machine=machine or SystemMachineClock())
        self.services: dict[str, ServiceRuntime] = {}
        self._http = http or HttpConfig(port=0)
        self.identity = identity or IdentityConfig()
        self.issuer: DevelopmentIssuer | None = None
        self._membership: Membership | None = None
        self._grace_s = grace_s
        self._bus = bus(self.clocks.machine)
        self._stage = "starting"
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as starting:
            await self._start(starting)
            self._running = starting.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context(held(self.folder))
        for part in PARTS:
            location = f"sqlite:///{self.folder / part.name}.db"
            log = await open_log(part.service, location, self.clocks.legal, self.clocks.machine)
            stack.push_async_callback(log.close)
            await self._join_ledger(part.name, log)
            runtime = ServiceRuntime(part, log, self.clocks, grace_s=self._grace_s)
            self.services[part.name] = await stack.enter_async_context(runtime)
        stack.push_async_callback(self._bus.close)
        for runtime in self.services.values():
            await self._bus.join(runtime.part.service, received_while_believed(runtime.log, runtime.belief))
        key = master_key(self.folder / WEBHOOK_KEY_FILE)
        notifier, loopback = self.services[NOTIFIER_PART.name], self._http.on_loopback
        sending = sending_of(notifier, self.clocks, key, owner=SENDER, loopback=loopback)
        self._sending = await stack.enter_async_context(sending)
        await self._import_reference_data()
        verifier, keys = await self._believed(stack)
        app = create_app(
            [runtime.served(key) for runtime in self.services.values()],
            verifier=verifier,
            clocks=self.clocks,
            loops=[self._sending, *(loop for runtime in self.services.values() for loop in runtime.loops), *keys],
            checks=[
                *self._sending.checks(),
                *(check for runtime in self.services.values() for check in runtime.checks()),
                *(check for of_issuer in keys for check in issuer_checks(of_issuer)),
                note("bus", self._bus.trouble),
            ],
            body_bytes_max=self._http.body_bytes_max,
        )
        self.base_url = await stack.enter_async_context(serving(app, self._http.host, self._http.port))
        lock.tell(self.base_url)

    async def _join_ledger(self, service: str, log: EventLog[Any]) -> None:
        """The first database names the ledger; another's file in the folder is found out."""
        fresh = new_membership()
        if self._membership is None:
            self._membership = await membership(log) or fresh
        ledger = Membership(ledger=self._membership.ledger, database=fresh.database)
        await same_ledger(log, service, ledger)

    async def _believed(self, stack: AsyncExitStack) -> tuple[TokenVerifier, tuple[RefreshedKeys, ...]]:
        """Whose tokens count: those of the issuer that was named, or else of one of this folder's own."""
        identity = self.identity
        if identity.issuer:
            keys = await issuer_keys(stack, identity, self.clocks.machine)
            return TokenVerifier(identity.issuer, identity.audience, keys), (keys,)
        self.issuer = DevelopmentIssuer(self.folder)
        return self.issuer.verifier(), ()

    async def _import_reference_data(self) -> None:
        """Nobody can draft from a service that contracts does not know yet, so the doors open when it has arrived."""
        catalog, belief = self.services[CATALOG_PART.name].log, self.services[CATALOG_PART.name].belief
        if belief.trouble():
            # An earlier life has imported before; what is new in this build comes with the next start.
            _log.error("reference data are not looked at while the clock is in doubt")
            return
        await import_reference_data(catalog, self.clocks.legal.now())
        await self._bus.delivered(CATALOG_PART.name, await catalog.head())

    def token(self, subject: str, organisation: str, tenant: str, grants: tuple[str, ...] = ()) -> str:
        """A development token for a person; raises ConfigError where another issuer is believed."""
        if self.issuer is None:
            raise ConfigError(
                f"tokens are issued by {self.identity.issuer}. 令牌由身份提供方 {self.identity.issuer} 签发。"
            )
        return self.issuer.token(
            subject=subject, organisation=organisation, tenant=tenant, now_s=self.clocks.machine.now(), grants=grants
        )

    async def settle(self, timeout_s: float = SETTLE_TIMEOUT_S) -> None:
        """Wait until everything that follows from what was recorded has been recorded too.

        Then every outbox is delivered, every view and calendar is at the head of its log, no armed deadline and no
        notice is due, and no log has grown in the meantime. Raises NotSettled.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not await self._is_settled():
                    pass
        except TimeoutError:
            raise NotSettled(f"after {timeout_s:g} s still {self._stage}") from None

    async def _is_settled(self) -> bool:
        """One look at everything; waits for what is under way, False when the picture has changed meanwhile."""
        now = self.clocks.legal.now()
        heads = await self.heads()
        for name, runtime in self.services.items():
            self._stage = f"delivering what {name} published"
            await self._bus.delivered(name, heads[name])
            self._stage = f"working through the log of {name}"
            if not await runtime.worked_through(heads[name], now):
                self._stage = f"waiting for a due deadline of {name}"
                await runtime.log.wait_beyond(heads[name], SETTLE_TIMEOUT_S)
                return False
        self._stage = "sending notices"
        if not await self._sending.worked_through(heads[NOTIFIER_PART.name], now):
            await self.services[NOTIFIER_PART.name].log.wait_beyond(heads[NOTIFIER_PART.name], SETTLE_TIMEOUT_S)
            return False
        return heads == await self.heads()

    async def next_due_at(self) -> Instant | None:
        """The next instant at which a deadline or a notice comes due."""
        due = [await runtime.next_due_at() for runtime in self.services.values()]
        return min((at for at in (*due, await self._sending.next_due_at()) if at is not None), default=None)

    async def heads(self) -> dict[str, int]:
        """How far the log of each service has come."""
        return {name: await runtime.log.head() for name, runtime in self.services.items()}
