"""An internal system's side of the ledger: a signed command out, its answer back; sent again, it is not done twice.

It knows nothing of the ledger's code, only its contract (docs/asyncapi.json), and needs nothing but aiokafka and
cryptography. Five rules make it safe:

1. `id` names the act within `source` and is made of the act, so that whatever repeats the act repeats the id. The
   ledger does it once and answers a repeat as it answered the first time.
2. Who sends is proven by a signature over the identifying attributes and the hash of the data, by a registered key.
3. It looks at the end of the outcomes before it publishes, so that it cannot miss its answer. If it is killed in
   between, it is started again with the same act, see rule 1.
4. It believes an answer that carries its own tenant. One under the tenant `-` was given to a message that nobody has
   proven to be his: perhaps its own, if its key is not registered, perhaps another's under the same names.
5. The key of the record is the contract: the ledger decides the acts of a contract in the order of the topic.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

INBOUND = "ledger.inbound.{service}.v1"
OUTCOMES = "ledger.outcomes.v1"
COVERED = ("id", "source", "type", "tenant", "path", "expectedversion")
NOBODY = "-"
ANSWER_TIMEOUT_S = 60.0

Headers = list[tuple[str, bytes]]


class Signer(NamedTuple):
    """Who sends: its tenant, its source, and its registered key."""

    tenant: str
    source: str
    key_id: str
    key: Ed25519PrivateKey


class Act(NamedTuple):
    """What is asked for: `type` is `ledger.command.<operation>.v1`, `path` has the members of the operation's path.

    `time` is when it happened, for information: received is when the broker takes it in.
    """

    id: str
    type: str
    path: Mapping[str, str]
    data: Mapping[str, Any]
    time: str = ""


def record_of(act: Act, signer: Signer) -> tuple[bytes, Headers]:
    """The value and the headers of a CloudEvent in binary mode, signed."""
    value = json.dumps(act.data, ensure_ascii=False).encode()
    attributes = {
        "id": act.id,
        "source": signer.source,
        "type": act.type,
        "tenant": signer.tenant,
        "path": json.dumps(act.path),
    }
    if act.time:
        attributes["time"] = act.time
    attributes["signature"] = signature_of(attributes, value, signer)
    headers = {"content-type": "application/json", "ce_specversion": "1.0"}
    headers |= {f"ce_{name}": text for name, text in attributes.items()}
    return value, [(name, text.encode()) for name, text in headers.items()]


def signature_of(attributes: Mapping[str, str], value: bytes, signer: Signer) -> str:
    """A detached JWS (RFC 7515, appendix F) over what identifies the event and what its data are."""
    covered = {name: attributes[name] for name in COVERED if name in attributes}
    content = canonical({**covered, "data_sha256": hashlib.sha256(value).hexdigest()})
    header = encoded(canonical({"alg": "EdDSA", "kid": signer.key_id}))
    signature = signer.key.sign(f"{header}.{encoded(content)}".encode())
    return f"{header}..{encoded(signature)}"


def canonical(value: Mapping[str, str]) -> bytes:
    """JSON with sorted keys and without white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def answers(
    bootstrap: str, service: str, act: Act, signer: Signer, *, key: str, prefix: str = ""
) -> AsyncGenerator[dict[str, Any], None]:
    """Publish the act and yield what is answered, `tenant` added: after a conditional answer also the final one."""
    outcomes = AIOKafkaConsumer(prefix + OUTCOMES, bootstrap_servers=bootstrap, auto_offset_reset="latest")
    async with outcomes, AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await outcomes.seek_to_end()
        value, headers = record_of(act, signer)
        topic = prefix + INBOUND.format(service=service)
        await producer.send_and_wait(topic, value, key=key.encode(), headers=headers)
        async for record in outcomes:
            answer = json.loads(record.value)
            tenant = dict(record.headers)["ce_tenant"].decode()
            if (answer["request_source"], answer["request_id"]) != (signer.source, act.id):
                continue
            if tenant in (signer.tenant, NOBODY):
                yield {"tenant": tenant, **answer}
            if tenant == signer.tenant and answer["outcome"] != "conditional":
                return


async def answer(
    bootstrap: str, service: str, act: Act, signer: Signer, *, key: str, prefix: str = ""
) -> dict[str, Any]:
    """The first answer under its own tenant, or an unproven one when no other comes in ANSWER_TIMEOUT_S.

    Raises TimeoutError when there is none at all. Then nothing is known: ask again with the same act.
    """
    said = None
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(ANSWER_TIMEOUT_S),
            aclosing(answers(bootstrap, service, act, signer, key=key, prefix=prefix)) as heard,
        ):
            async for said in heard:
                if said["tenant"] == signer.tenant:
                    return said
    if said is None:
        raise TimeoutError
    return said


def signer_of(environment: Mapping[str, str]) -> Signer:
    """The sender that `SYSTEM_TENANT`, `SYSTEM_SOURCE`, `SYSTEM_KEY_ID` and `SYSTEM_KEY_FILE` (PEM) describe."""
    key = load_pem_private_key(Path(environment["SYSTEM_KEY_FILE"]).read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit("SYSTEM_KEY_FILE is not an Ed25519 key")
    return Signer(environment["SYSTEM_TENANT"], environment["SYSTEM_SOURCE"], environment["SYSTEM_KEY_ID"], key)


def main() -> int:
    """`python internal_system.py SERVICE OPERATION ID PATH DATA`, the last two as JSON; 1: it was refused."""
    service, operation, id, path, data = sys.argv[1:6]
    act = Act(id, f"ledger.command.{operation}.v1", json.loads(path), json.loads(data))
    said = asyncio.run(
        answer(
            os.environ.get("SYSTEM_KAFKA", "localhost:9092"),
            service,
            act,
            signer_of(os.environ),
            key=act.path.get("contract", id),
            prefix=os.environ.get("SYSTEM_TOPIC_PREFIX", ""),
        )
    )
    sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
    return 1 if said["outcome"] == "refused" else 0


if __name__ == "__main__":
    sys.exit(main())
