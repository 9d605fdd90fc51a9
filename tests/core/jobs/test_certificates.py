"""Keys of the embedded cluster: usable, nobody else's, and made without a trace in the server."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from core.jobs import certificates
from core.jobs.certificates import make_certificates

_IN_A_SERVER = """
import pathlib, sys
from core.jobs.certificates import make_certificates
make_certificates(pathlib.Path(sys.argv[1]))
print([name for name in ("cryptography", "distributed") if name in sys.modules])
"""


def test_each_side_accepts_the_others_and_nobody_elses(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    made, other = map(make_certificates, folders)
    context = ssl.create_default_context(cafile=str(made.certificate))
    context.load_cert_chain(made.certificate, made.key)
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(made.certificate, other.key)


def test_what_makes_them_does_not_stay_in_the_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_SERVER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_system_that_makes_none_says_why(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(certificates, "_MAKE", "raise ValueError('no entropy')")
    with pytest.raises(OSError, match="no entropy"):
        make_certificates(tmp_path)
    monkeypatch.setattr(certificates, "_MAKE", "import time; time.sleep(600)")
    monkeypatch.setattr(certificates, "_PATIENCE_S", 0.5)
    with pytest.raises(OSError, match="within"):
        make_certificates(tmp_path)
