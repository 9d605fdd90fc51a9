"""A function of one's own, typed: from text to a value and its exact gradient, without `eval`.

The text is parsed by Python's own parser, and only numbers, the names x and y, a few constants,
arithmetic and a few functions are let through. Values and both partial derivatives are computed
together by forward differentiation, so a trajectory needs no difference quotient.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError

MAX_LENGTH: Final = 200
MAX_NODES: Final = 120
MAX_EXPONENT: Final = 64.0
CONSTANTS: Final = {"pi": math.pi, "e": math.e}


@dataclass(frozen=True, slots=True)
class Dual:
    """A value and its two partial derivatives, arrays of one shape."""

    value: FloatArray
    by_x: FloatArray
    by_y: FloatArray

    def chain(self, value: FloatArray, slope: FloatArray) -> Dual:
        """The chain rule for a function of this with that value and slope."""
        return Dual(value, slope * self.by_x, slope * self.by_y)


Tree: TypeAlias = float | str | list[Any]
"""A number, ``"x"``, ``"y"``, or a list of an operation's name and its one or two parts."""

Rule = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

FUNCTIONS: Final[dict[str, Rule]] = {
    "sin": lambda v: (np.sin(v), np.cos(v)),
    "cos": lambda v: (np.cos(v), -np.sin(v)),
    "tan": lambda v: (np.tan(v), 1.0 + np.tan(v) ** 2),
    "tanh": lambda v: (np.tanh(v), 1.0 - np.tanh(v) ** 2),
    "exp": lambda v: (np.exp(v), np.exp(v)),
    "log": lambda v: (np.log(v), 1.0 / v),
    "sqrt": lambda v: (np.sqrt(v), 0.5 / np.sqrt(v)),
    "abs": lambda v: (np.abs(v), np.sign(v)),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed function of x and y.

    >>> import numpy as np
    >>> value, by_x, by_y = parse("x^2 + 3*x*y").evaluate(np.array(2.0), np.array(1.0))
    >>> float(value), float(by_x), float(by_y)
    (10.0, 7.0, 6.0)
    """

    text: str
    tree: ast.expr

    def evaluate(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """f, df/dx and df/dy at points of any one shape; not finite where f is not defined."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        one, zero = np.ones_like(x), np.zeros_like(x)
        with np.errstate(all="ignore"):
            dual = _evaluate(self.tree, {"x": Dual(x, one, zero), "y": Dual(y, zero, one)})
        return dual.value, dual.by_x, dual.by_y

    def to_lists(self) -> Tree:
        """The function as nested lists, for a reader without Python.

        >>> parse("x^2 - pi").to_lists()
        ['-', ['^', 'x', 2.0], 3.141592653589793]
        """
        return _lists(self.tree)


def parse(text: str) -> Expression:
    """Read a function of x and y: ``x^2 + y^2``, ``sin(3x)`` is written ``sin(3*x)``.

    ``^`` means power, as in mathematics.

    Raises:
        LessonError: ``expression.empty``, ``expression.too-long``, ``expression.syntax``,
            ``expression.name``, ``expression.not-allowed``, ``expression.constant``; the problem
            points at the place.
    """
    stripped = text.strip()
    if not stripped:
        raise LessonError(
            "expression.empty",
            problem="There is no function yet.",
            remedy="Type one of x and y, for example x^2 + 3*y^2.",
        )
    if len(stripped) > MAX_LENGTH:
        raise LessonError(
            "expression.too-long",
            problem=f"The function has {len(stripped)} characters; {MAX_LENGTH} are the most.",
            remedy="Type a shorter one.",
        )
    source = stripped.replace("^", "**")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        raise _at(source, column - 1, "expression.syntax", "This cannot be read") from error
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES * 2:
        raise LessonError(
            "expression.too-long",
            problem="The function has too many parts to follow.",
            remedy=f"Use at most about {MAX_NODES} numbers, names and signs.",
        )
    _check(tree, source)
    if not {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"x", "y"}:
        raise LessonError(
            "expression.constant",
            problem="The function depends on neither x nor y, so there is nothing to descend.",
            remedy="Use x, y or both.",
        )
    return Expression(stripped, tree)


_BINARY: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_UNARY: Final = (ast.UAdd, ast.USub)


def _check(node: ast.expr, source: str) -> None:
    """Let through only what is listed here; everything else is pointed at."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not math.isfinite(float(value)) or abs(value) > 1e12:
                raise _at(source, node.col_offset, "expression.not-allowed", "Too large a number")
        case ast.Name(id=name):
            if name in FUNCTIONS:
                raise _at(source, node.col_offset, "expression.syntax", f"{name} needs brackets")
            if name not in {"x", "y", *CONSTANTS}:
                raise _at(source, node.col_offset, "expression.name", f"{name} is not known")
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _BINARY):
            _check(left, source)
            _check(right, source)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _UNARY):
            _check(operand, source)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in FUNCTIONS:
                raise _at(source, node.col_offset, "expression.name", f"{name} is not known")
            _check(argument, source)
        case ast.Call():
            raise _at(
                source, node.col_offset, "expression.syntax", "A function takes one value here"
            )
        case _:
            raise _at(source, node.col_offset, "expression.not-allowed", "This is not allowed here")


_SIGNS: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def _lists(node: ast.expr) -> Tree:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return CONSTANTS.get(name, name)
        case ast.UnaryOp(op=op, operand=operand):
            return _lists(operand) if isinstance(op, ast.UAdd) else ["negative", _lists(operand)]
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return [name, _lists(argument)]
        case ast.BinOp(left=left, op=op, right=right):
            return [_SIGNS[type(op)], _lists(left), _lists(right)]
    raise TypeError(f"unchecked node {node!r}")


def _evaluate(node: ast.expr, names: dict[str, Dual]) -> Dual:
    match node:
        case ast.Constant(value=value):
            return _constant(float(value), names)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return names[name] if name in names else _constant(CONSTANTS[name], names)
        case ast.UnaryOp(op=op, operand=operand):
            inner = _evaluate(operand, names)
            return inner if isinstance(op, ast.UAdd) else inner.chain(-inner.value, -_one(names))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            inner = _evaluate(argument, names)
            return inner.chain(*FUNCTIONS[name](inner.value))
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(op, _evaluate(left, names), _evaluate(right, names))
    raise TypeError(f"unchecked node {node!r}")


def _combine(op: ast.operator, a: Dual, b: Dual) -> Dual:
    if isinstance(op, ast.Add):
        return Dual(a.value + b.value, a.by_x + b.by_x, a.by_y + b.by_y)
    if isinstance(op, ast.Sub):
        return Dual(a.value - b.value, a.by_x - b.by_x, a.by_y - b.by_y)
    if isinstance(op, ast.Mult):
        return _linear(a.value * b.value, b.value, a, a.value, b)
    if isinstance(op, ast.Div):
        return _linear(a.value / b.value, 1.0 / b.value, a, -a.value / b.value**2, b)
    return _power(a, b)


def _power(a: Dual, b: Dual) -> Dual:
    value = np.power(a.value, b.value)
    # b a^(b-1), but 0 where the exponent is 0: 0 * 0^-1 would be undefined at the origin.
    by_base = np.where(b.value == 0, 0.0, b.value * np.power(a.value, b.value - 1.0))
    constant = not (np.any(b.by_x) or np.any(b.by_y))
    # A constant exponent needs no logarithm, which a negative base does not have.
    by_exponent = np.zeros_like(value) if constant else value * np.log(a.value)
    return _linear(value, by_base, a, by_exponent, b)


def _linear(value: FloatArray, fa: FloatArray, a: Dual, fb: FloatArray, b: Dual) -> Dual:
    return Dual(value, fa * a.by_x + fb * b.by_x, fa * a.by_y + fb * b.by_y)


def _constant(value: float, names: dict[str, Dual]) -> Dual:
    zero = np.zeros_like(names["x"].value)
    return Dual(np.full_like(zero, value), zero, zero)


def _one(names: dict[str, Dual]) -> FloatArray:
    return np.ones_like(names["x"].value)


def _at(source: str, column: int, code: str, what: str) -> LessonError:
    """Point at a place in the text as the person typed it, with ``^`` for powers."""
    before = source[: max(column, 0)].replace("**", "^")
    rest = source[max(column, 0) :].replace("**", "^")
    place = f"{before}▸{rest}"
    return LessonError(
        code,
        problem=f"{what}, at the mark: {place}",
        remedy=f"Use x, y, numbers, + - * / ^, brackets and {', '.join(FUNCTIONS)}; "
        "write 2*x, not 2x.",
    )
