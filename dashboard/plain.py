"""Text from outside inside Markdown: shown as it is, never obeyed."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = re.compile(r"[\\`*_\[\]<>$~|&]|:(?=\S)|(?<=www)\.", re.IGNORECASE)


def plain(text: str) -> str:
    r"""Markdown that shows exactly this text, on one line, after other words or in bold.

    A link, an image, a formula, a color or an icon in a name stays a name.

    >>> print(plain("![x](http://a.b) $1$ :red[y]"))
    !\[x\](http\://a.b) \$1\$ \:red\[y\]
    """
    return _MARKS.sub(lambda found: "\\" + found[0], " ".join(text.split()))
