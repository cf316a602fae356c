"""What the process of a service is told of its token issuer and its own key, in a test or a local cluster."""

from __future__ import annotations

from pathlib import Path

from shared.identity.issuer import AUDIENCE, ISSUER, DevelopmentIssuer


def identity_variables(folder: Path, issuer: DevelopmentIssuer) -> dict[str, str]:
    """The variables under which it believes `issuer`, whose public keys are written into the folder."""
    jwks = folder / "jwks.json"
    jwks.write_bytes(issuer.jwks())
    return {
        "QIZHANG_JWKS_FILE": str(jwks),
        "QIZHANG_ISSUER": ISSUER,
        "QIZHANG_AUDIENCE": AUDIENCE,
        "QIZHANG_WEBHOOK_KEY_FILE": str(folder / "webhook-master.key"),
    }
