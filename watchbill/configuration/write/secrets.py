"""How a secret is stored: as it is, or sealed now."""

from watchbill.configuration.state import Secret
from watchbill.runtime.seal import SEALED, Seal


def stored_secret(secret: Secret, seal: Seal) -> dict[str, str]:
    """The sealed form of a secret."""
    return {SEALED: secret.sealed} if secret.sealed else seal.seal(secret.clear)
