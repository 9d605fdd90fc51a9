"""Runs modules of the browser under Node on values that Python has just made."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import node

ROOT = Path(__file__).resolve().parents[1]

_SCRIPT = """
const given = JSON.parse(await new Response(process.stdin).text());
const module = await import(given.module);
const found = given.calls.map(([name, ...values]) => module[name](...values));
const plain = (_, value) => ArrayBuffer.isView(value) ? Array.from(value)
  : typeof value === "number" && !Number.isFinite(value) ? String(value)
  : value === undefined ? null : value;
process.stdout.write(JSON.stringify(found, plain));
"""


def call_module(script: str, calls: list[list[Any]]) -> list[Any]:
    """What functions of a module answer.

    Args:
        script: The module under ``dashboard/``, which must not need a document.
        calls: Name of an exported function and its arguments, as JSON.

    Returns:
        One answer a call; typed arrays as lists, numbers that are not finite as text.
    """
    program = node.node()
    if program is None:
        pytest.skip("Node is not installed: run 'python3 -m tests' once with the internet.")
    module = (ROOT / "dashboard" / script).as_uri()
    done = subprocess.run(
        [str(program), "--input-type=module", "-e", _SCRIPT],
        input=json.dumps({"module": module, "calls": calls}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return list(json.loads(done.stdout))
