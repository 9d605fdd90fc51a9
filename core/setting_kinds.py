"""What a setting may be: how a text of the environment and a value of the file become one."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(Protocol):
    """A kind of value. `str` of it says in words what may be given."""

    def parts(self, text: str) -> Any:
        """A text of the environment as the value that the file would have; ValueError for none."""
        ...

    def take(self, given: Any, *, base: Path | None) -> Any:
        """The value; ValueError, whose text says what is wanted, where it is another type.

        Args:
            given: A value of the file.
            base: Where its relative paths start; None for the working folder.
        """
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    def parts(self, text: str) -> Any:
        """As it is."""
        return text

    def take(self, given: Any, *, base: Path | None) -> str:
        """As it is."""
        if not isinstance(given, str):
            raise ValueError(self)
        return given.strip()

    def __str__(self) -> str:
        return "a text"


@dataclass(frozen=True, slots=True)
class Folder:
    """The path of a folder, which need not exist yet."""

    def parts(self, text: str) -> Any:
        """As it is."""
        return text

    def take(self, given: Any, *, base: Path | None) -> Path:
        """The path, from the file's folder on; ``~`` is the user's home."""
        if not isinstance(given, str) or not given.strip() or "\0" in given:
            raise ValueError(self)
        path = Path(given.strip()).expanduser()
        return base / path if base else path

    def __str__(self) -> str:
        return "the path of a folder"


@dataclass(frozen=True, slots=True)
class Names:
    """Several texts.

    Attributes:
        between: What parts them in the environment.
    """

    between: str

    def parts(self, text: str) -> Any:
        """The texts between the separators."""
        return [part.strip() for part in text.split(self.between) if part.strip()]

    def take(self, given: Any, *, base: Path | None) -> tuple[str, ...]:
        """The texts of a list."""
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise ValueError(self)
        return tuple(one.strip() for one in given if one.strip())

    def __str__(self) -> str:
        return "a list of texts"


@dataclass(frozen=True, slots=True)
class Folders:
    """Several folders."""

    def parts(self, text: str) -> Any:
        """The paths between the system's path separators."""
        return Names(os.pathsep).parts(text)

    def take(self, given: Any, *, base: Path | None) -> tuple[Path, ...]:
        """The paths of a list, without links and dots."""
        try:
            names = Names(os.pathsep).take(given, base=None)
        except ValueError:
            raise ValueError(self) from None
        return tuple(Folder().take(name, base=base).resolve() for name in names)

    def __str__(self) -> str:
        return "a list of folders"


@dataclass(frozen=True, slots=True)
class Networks:
    """Several addresses of machines, or networks of them, none of which is the whole world."""

    def parts(self, text: str) -> Any:
        """The texts between commas."""
        return Names(",").parts(text)

    def take(self, given: Any, *, base: Path | None) -> tuple[Network, ...]:
        """The networks of a list; an address is one of a single machine."""
        try:
            found = tuple(ipaddress.ip_network(one) for one in Names(",").take(given, base=None))
        except ValueError:
            raise ValueError(self) from None
        if any(network.prefixlen == 0 for network in found):
            raise ValueError(self)
        return found

    def __str__(self) -> str:
        return "a list of addresses and networks"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number with limits, both included."""

    low: int
    high: int

    def parts(self, text: str) -> Any:
        """The number."""
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ValueError(self)
        return int(text)

    def take(self, given: Any, *, base: Path | None) -> int:
        """The number, where it is one between the limits."""
        if isinstance(given, bool) or not isinstance(given, int):
            raise ValueError(self)
        if not self.low <= given <= self.high:
            raise ValueError(self)
        return given

    def __str__(self) -> str:
        return f"a whole number from {self.low:,} to {self.high:,}"


@dataclass(frozen=True, slots=True)
class Real:
    """A number with limits, both included."""

    low: float
    high: float

    def parts(self, text: str) -> Any:
        """The number."""
        try:
            return float(text)
        except ValueError:
            raise ValueError(self) from None

    def take(self, given: Any, *, base: Path | None) -> float:
        """The number, where it is one between the limits; never NaN."""
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ValueError(self)
        if not self.low <= given <= self.high:
            raise ValueError(self)
        return float(given)

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:,.0f}"
