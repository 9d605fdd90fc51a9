"""A network as a short text that fits an address: what is default is left out, then deflated."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from core.errors import LessonError
from core.models.diagnosis import LONGEST_TEXT, read_description
from core.models.spec import layer_class

_LEVEL: Final = 9
_RAW: Final = -15  # deflate without header and checksum: JSON notices damage


def to_link(data: Mapping[str, Any]) -> str:
    """A description, possible or not, as letters that an address leaves alone.

    >>> from core.models.zoo.entries import paper_network
    >>> data = paper_network(64, ("normal", "fracture")).to_json()
    >>> len(to_link(data)) < 250, from_link(to_link(data)) == data
    (True, True)
    """
    short = {**data, "layers": [_shortened(layer) for layer in data["layers"]]}
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    raw = json.dumps(short, separators=(",", ":")).encode()
    packed = packer.compress(raw) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(text: str) -> dict[str, Any]:
    """What `to_link` was given.

    Raises:
        LessonError: ``model.bad-link`` for a damaged link; what `read_description` raises.
    """
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        opener = zlib.decompressobj(_RAW)
        raw = opener.decompress(packed, LONGEST_TEXT)  # no more, whatever a link promises
        if not opener.eof:
            raise ValueError("it ends too early")
        plain = raw.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise LessonError(
            "model.bad-link",
            problem=f"The network in this address cannot be read: {error}.",
            remedy="Copy the whole address again, or start from a network of the list.",
        ) from error
    return read_description(plain)


def _shortened(layer: Mapping[str, Any]) -> dict[str, Any]:
    """One described layer without what is default."""
    short = dict(layer)
    if "body" in short:
        short["body"] = [_shortened(part) for part in short["body"]]
    if "branches" in short:
        short["branches"] = [[_shortened(part) for part in branch] for branch in short["branches"]]
    for field in fields(layer_class(short["layer"])):
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        value = short.get(field.name)
        value = list(value) if isinstance(value, tuple) else value
        if field.default is not MISSING and value == default:
            short.pop(field.name, None)
    return short
