"""Keys of an issuer over real HTTP and from a file: rotation, withdrawal, an issuer that is away, made-up tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import aiohttp
import jwt
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.config import ConfigError
from shared.identity.issuer import AUDIENCE, ISSUER, KEY_ID, DevelopmentIssuer
from shared.identity.jwks import (
    ASKED_AGAIN_MIN_S,
    DOCUMENT_BYTES_MAX,
    READ_EVERY_S,
    STALE_MAX_S,
    KeysUnavailable,
    RefreshedKeys,
    keys_from_file,
    keys_from_url,
)
from shared.identity.tokens import TokenVerifier
from shared.kernel.clock import MachineClock, VirtualMachineClock
from shared.kernel.errors import Unauthenticated
from shared.kernel.waiting import Signal

NOW_S = 1_000_000.0


class CountingClock(VirtualMachineClock):
    """A clock that tells how often somebody has lain down to sleep: a loop does so when its step is done."""

    def __init__(self) -> None:
        super().__init__(NOW_S)
        self._sleeps = 0
        self._changed = Signal()

    async def sleep(self, seconds: float) -> None:
        self._sleeps += 1
        self._changed.notify()
        await super().sleep(seconds)

    async def slept(self, times: int) -> None:
        """Wait until there have been so many sleeps."""
        async with asyncio.timeout(30):
            await self._changed.until(lambda: self._sleeps >= times)


class Issuer:
    """Publishes the keys of one development issuer after another, and counts how often it is asked."""

    def __init__(self, folder: Path) -> None:
        self.signing = DevelopmentIssuer(folder / "first")
        self.document = self.signing.jwks()
        self.status = 200
        self.asked = 0

    def rotate(self, folder: Path, key_id: str) -> str:
        """Sign with a new key, publish it alone; returns a token signed with the new one."""
        successor = DevelopmentIssuer(folder / key_id)
        self.document = successor.jwks(key_id)
        return token_of(successor, key_id)

    async def answer(self, request: web.Request) -> web.Response:
        """The JWK Set."""
        self.asked += 1
        return web.Response(status=self.status, body=self.document, headers={"Location": "/elsewhere"})


def token_of(issuer: DevelopmentIssuer, key_id: str = KEY_ID) -> str:
    """A token for a person; its header names `key_id`."""
    return issuer.token(subject="li", organisation="buyer", tenant="demo", now_s=NOW_S, key_id=key_id)


@asynccontextmanager
async def published(issuer: Issuer, machine: MachineClock) -> AsyncIterator[RefreshedKeys]:
    """The keys as a process has them."""
    app = web.Application()
    app.router.add_get("/jwks", issuer.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        keys = keys_from_url(str(server.make_url("/jwks")), session, machine)
        async with keys:
            yield keys


def verifier(keys: RefreshedKeys) -> TokenVerifier:
    """A verifier as the process builds it."""
    return TokenVerifier(ISSUER, AUDIENCE, keys)


async def test_a_new_key_is_believed_as_soon_as_it_signs_and_the_old_one_no_longer(tmp_path: Path) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        believing = verifier(keys)
        old = token_of(issuer.signing)
        assert (await believing.identify(old, NOW_S)).actor.subject == "li"
        new = issuer.rotate(tmp_path, "second")
        machine.advance(ASKED_AGAIN_MIN_S)
        assert (await believing.identify(new, NOW_S)).actor.subject == "li"
        with pytest.raises(Unauthenticated):
            await believing.identify(old, NOW_S)


async def test_a_withdrawn_key_ends_with_the_next_reading(tmp_path: Path) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        kept = keys.key(KEY_ID)
        machine.advance(READ_EVERY_S)
        await machine.slept(2)
        assert issuer.asked == 2
        assert keys.key(KEY_ID) is kept, "a key that stayed is the same object"
        issuer.rotate(tmp_path, "second")
        machine.advance(READ_EVERY_S)
        await machine.slept(3)
        assert keys.key(KEY_ID) is None


@pytest.mark.parametrize("set_by_s", [7 * 86_400, -7 * 86_400])
async def test_a_clock_that_was_set_makes_no_set_of_keys_younger_or_older(tmp_path: Path, set_by_s: float) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    machine.set(NOW_S + set_by_s)
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        machine.set(NOW_S)
        assert keys.known
        issuer.rotate(tmp_path, "second")
        machine.advance(READ_EVERY_S)
        await machine.slept(2)
        assert keys.key(KEY_ID) is None and keys.key("second") is not None


async def test_a_set_with_a_weak_key_lets_in_whom_the_others_let_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    weak = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key(), as_dict=True
    )
    members = msgspec.json.decode(issuer.document)["keys"]
    issuer.document = msgspec.json.encode({"keys": [weak | {"kid": "weak", "alg": "RS256"}, *members]})
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        assert (await verifier(keys).identify(token_of(issuer.signing), NOW_S)).tenant == "demo"
        assert keys.passed_over == ("key weak is shorter than 2048 bits",)
    assert "key weak is shorter than 2048 bits" in caplog.text


async def test_made_up_tokens_do_not_become_traffic(tmp_path: Path) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    foreign = token_of(DevelopmentIssuer(tmp_path / "foreign"), "foreign")
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        machine.advance(ASKED_AGAIN_MIN_S)
        believing = verifier(keys)
        answers = await asyncio.gather(*(believing.identify(foreign, NOW_S) for _ in range(50)), return_exceptions=True)
        assert all(isinstance(answer, Unauthenticated) for answer in answers)
        assert issuer.asked == 2


@pytest.mark.parametrize("trouble", ["away", "moved", "garbage", "endless"])
async def test_an_issuer_in_trouble_keeps_its_keys_for_a_while_and_no_longer(tmp_path: Path, trouble: str) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    async with published(issuer, machine) as keys:
        await machine.slept(1)
        believing, token = verifier(keys), token_of(issuer.signing)
        issuer.status = {"away": 503, "moved": 302}.get(trouble, 200)
        issuer.document = {"garbage": b"<html>", "endless": b" " * (DOCUMENT_BYTES_MAX + 1)}.get(trouble, b"")
        machine.advance(STALE_MAX_S)
        await machine.slept(2)
        assert (await believing.identify(token, NOW_S)).tenant == "demo"
        machine.advance(1)
        with pytest.raises(KeysUnavailable):
            await believing.identify(token, NOW_S)


def test_keys_travel_protected_unless_they_stay_on_this_machine() -> None:
    with pytest.raises(ConfigError, match=r"must be https.*必须使用 https"):
        keys_from_url("http://login.example/jwks", cast(aiohttp.ClientSession, None), VirtualMachineClock())


async def test_a_file_is_read_again_when_a_token_names_a_new_key(tmp_path: Path) -> None:
    issuer, machine = Issuer(tmp_path), CountingClock()
    path = tmp_path / "jwks.json"
    path.write_bytes(issuer.document)
    async with await keys_from_file(path, machine) as keys:
        await machine.slept(1)
        new = issuer.rotate(tmp_path, "second")
        path.write_bytes(issuer.document)
        machine.advance(ASKED_AGAIN_MIN_S)
        assert (await verifier(keys).identify(new, NOW_S)).actor.organisation == "buyer"


async def test_a_file_that_cannot_be_used_is_named_in_both_languages(tmp_path: Path) -> None:
    path, machine = tmp_path / "jwks.json", VirtualMachineClock(NOW_S)
    with pytest.raises(ConfigError, match=r"cannot be read.*无法读取"):
        await keys_from_file(path, machine)
    path.write_bytes(msgspec.json.encode({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "s"}]}))
    with pytest.raises(ConfigError, match=r"not a usable JWK Set.*不是可用的") as refused:
        await keys_from_file(path, machine)
    assert "c2VjcmV0" not in str(refused.value)
