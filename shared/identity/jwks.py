"""The keys of an issuer that changes them: its JWK Set (RFC 7517), from a file or a URL, read again and again.

A token with an unknown key has the set read at once, because an issuer may sign with a new key as soon as it publishes
it; how often that can happen has a limit, so that made-up tokens do not become traffic. While the issuer is away its
keys hold on for STALE_MAX_S: longer would keep a withdrawn key alive, shorter would make us as frail as the issuer.
How old a set is, a clock tells that nobody sets.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from shared.config import ConfigError
from shared.identity.keys import KeySet, VerificationKey, read_jwks
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.loops import Loop

READ_EVERY_S: Final = 300.0
ASKED_AGAIN_MIN_S: Final = 10.0
STALE_MAX_S: Final = 3600.0
# A round of the loop; liveness looks at it.
TURN_EVERY_S: Final = 10.0
FETCH_TIMEOUT_S: Final = 5.0
DOCUMENT_BYTES_MAX: Final = 256 * 1024

_log = logging.getLogger("qizhang.identity")


class KeysUnavailable(StoreUnavailable):
    """The issuer's keys are not known, or not known to be true any more (HTTP 503)."""

    code = "KEYS_UNAVAILABLE"
    title_en = "Tokens cannot be verified at the moment; send the request again with the same key"
    title_zh = "暂时无法验证访问令牌；请使用相同幂等键重新发送"


class RefreshedKeys(Loop):
    """A `KeySource` that reads its JWK Set every READ_EVERY_S, between `async with` and its end."""

    def __init__(self, name: str, read: Callable[[], Awaitable[KeySet]], machine: MachineClock) -> None:
        super().__init__(f"keys of {name}", machine)
        self._read = read
        self._keys: dict[str, VerificationKey] = {}
        self.passed_over: tuple[str, ...] = ()
        self._reading = asyncio.Lock()
        self._reads = 0
        self._read_at_s: float | None = None
        self._tried_at_s: float | None = None

    @property
    def known(self) -> bool:
        """Whether the set was read, and not too long ago."""
        return self._read_at_s is not None and self.machine.elapsed() - self._read_at_s <= STALE_MAX_S

    def key(self, key_id: str) -> VerificationKey | None:
        """The key of that id; raises KeysUnavailable when the set could not be read for STALE_MAX_S."""
        if not self.known:
            raise KeysUnavailable
        return self._keys.get(key_id)

    async def renewed(self) -> bool:
        """Have the set read for the sake of an unknown key; False when it was tried ASKED_AGAIN_MIN_S ago or fails."""
        reads = self._reads
        async with self._reading:
            if self._reads > reads:
                return True
            if self._tried_at_s is not None and self.machine.elapsed() - self._tried_at_s < ASKED_AGAIN_MIN_S:
                return False
            try:
                await self._renew()
            except (OSError, TimeoutError, ValueError, aiohttp.ClientError):
                return False
            return True

    async def renew(self) -> None:
        """Read the set now; raises what reading it raises, and ValueError for what is no usable JWK Set."""
        async with self._reading:
            await self._renew()

    async def step(self) -> None:
        """Read the set, then wait."""
        if self._read_at_s is None or self.machine.elapsed() - self._read_at_s >= READ_EVERY_S:
            await self.renew()
        await self.machine.sleep(TURN_EVERY_S)

    async def _renew(self) -> None:
        self._tried_at_s = self.machine.elapsed()
        read = await self._read()
        if read.passed_over != self.passed_over:
            _log.warning("%s: passed over: %s", self.name, "; ".join(read.passed_over) or "none any more")
        self.passed_over = read.passed_over
        # A key that stayed the same stays the same object: what was verified with it need not be verified again.
        self._keys = {name: key if (known := self._keys.get(name)) != key else known for name, key in read.keys.items()}
        self._read_at_s = self._tried_at_s
        self._reads += 1


async def keys_from_file(path: Path, machine: MachineClock) -> RefreshedKeys:
    """The keys of a file; raises ConfigError that names the file and what is wrong with it now."""

    async def read() -> KeySet:
        return read_jwks(await asyncio.to_thread(path.read_bytes))

    keys = RefreshedKeys(path.name, read, machine)
    try:
        await keys.renew()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. 无法读取 {path}。") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not a usable JWK Set: {error}. {path} 不是可用的 JWK Set。") from None
    return keys


def keys_from_url(url: str, session: aiohttp.ClientSession, machine: MachineClock) -> RefreshedKeys:
    """The keys that an issuer publishes; raises ConfigError unless it is https, or http on this very machine.

    An issuer that is away is no reason not to start: until it is back nobody is let in, and readiness says so.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ConfigError("QIZHANG_JWKS_URL must be https. QIZHANG_JWKS_URL 必须使用 https。")

    async def read() -> KeySet:
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
        # A redirect would let the answer come from somewhere that nobody configured.
        async with session.get(url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"the issuer answered {answer.status}")
            document = bytearray()
            async for chunk in answer.content.iter_chunked(DOCUMENT_BYTES_MAX):
                document += chunk
                if len(document) > DOCUMENT_BYTES_MAX:
                    raise ValueError(f"the JWK Set is longer than {DOCUMENT_BYTES_MAX} bytes")
            return read_jwks(bytes(document))

    return RefreshedKeys(parts.hostname or url, read, machine)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
