"""Keys for the connections between server, scheduler and workers of the embedded cluster.

Whoever reaches a scheduler can have it run code. On loopback that is every user of the machine;
so each start makes a key and a certificate that signs itself, puts them where only this user
reads, and all three sides accept nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from distributed.security import Security

_OWN: Final = 0o600
_PATIENCE_S: Final = 120.0
_MAKE: Final = """
import json
from distributed.security import Security
made = Security.temporary()
print(json.dumps([made.tls_client_cert, made.tls_client_key]))
"""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files lie.

    Attributes:
        certificate: Shown by each side, and the only one that each accepts.
        key: Its private key.
    """

    certificate: Path
    key: Path

    def arguments(self) -> list[str]:
        """For the command lines of Dask's scheduler and workers."""
        return [
            *("--protocol", "tls"),
            *("--tls-ca-file", str(self.certificate)),
            *("--tls-cert", str(self.certificate)),
            *("--tls-key", str(self.key)),
        ]

    def security(self) -> Security:
        """For a client in this process."""
        from distributed.security import Security

        return Security(
            require_encryption=True,
            tls_ca_file=str(self.certificate),
            tls_client_cert=str(self.certificate),
            tls_client_key=str(self.key),
        )


def make_certificates(folder: Path) -> Certificates:
    """Write a new key and its certificate into a folder that only this user enters.

    Raises:
        OSError: The disk refuses, or the system starts no process.
    """
    certificate, key = _made()
    found = Certificates(folder / "certificate.pem", folder / "key.pem")
    _write(found.certificate, certificate)
    _write(found.key, key)
    return found


def _made() -> tuple[str, str]:
    """Certificate and key, as PEM.

    By a process that ends: the library that makes them once would stay in the server's memory.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-c", _MAKE],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            start_new_session=True,  # Ctrl-C is the server's
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"No certificate could be made within {_PATIENCE_S:.0f} s.") from error
    if child.returncode:
        said = child.stderr.strip().rpartition("\n")[2]
        raise OSError(f"No certificate could be made: {said or 'it left no word'}")
    certificate, key = json.loads(child.stdout)
    return certificate, key


def _write(path: Path, text: str) -> None:
    # Nobody else's from the first byte on, whatever the process's umask is.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
