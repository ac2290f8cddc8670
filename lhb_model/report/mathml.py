"""Equation text -> MathML, set as a paper would set it: fractions, powers, Greek letters, subscripts.

Browsers draw MathML without any help. It is made from the parsed text itself, since a computer algebra system would
rearrange what the mechanisms print in the form of their papers.
"""

import ast
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element, tostring

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "sigma": "σ", "tau": "τ", "theta": "θ", "Delta": "Δ",
}  # fmt: skip
WORDS = {"inf": "∞", "dt": "Δt", **GREEK}
UNITS = {"ms", "mV", "second", "volt", "amp", "siemens", "nS", "pA", "pF", "mM", "uM", "nM", "Hz", "degC", "pS", "uS"}
"""Names that equations use for units; every other name is a quantity."""

PRINTED_UNITS = {"amp": "A", "volt": "V", "siemens": "S", "second": "s", "molar": "M", "mmolar": "mM", "1": ""}
SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip
SUM, NEGATIVE, PRODUCT, POWER, ATOM = range(5)
"""How tightly a part of an expression holds together; a looser part inside a tighter one needs parentheses."""


class NotTypeset(ValueError):
    """Text that is not an equation of this kind; it is shown as it stands."""


def equation(line: str) -> str:
    """One line of a run's equations as a `<math>` element.

    Raises `NotTypeset` for text that is none.

    >>> equation("dm/dt = (m_inf - m)/tau_m : 1").count("<mfrac>")
    2
    >>> equation("v = V_reset")
    '<math alttext="v = V_reset"><mrow><mi>v</mi><mo>←</mo><msub><mi>V</mi><mi>reset</mi></msub></mrow></math>'
    """
    try:
        parts = _statement(*_split(line))
    except (SyntaxError, KeyError, IndexError) as error:
        raise NotTypeset(line) from error
    math = _with("math", parts)
    math.set("alttext", line)
    return tostring(math, encoding="unicode")


def _split(line: str) -> tuple[str, str]:
    """The statement, and the unit after its last colon, without Brian2's flags."""
    statement, colon, unit = line.rpartition(" : ")
    return (statement, unit.partition("(")[0].strip()) if colon else (line, "")


def _statement(text: str, unit: str) -> Element:
    if text.startswith("d") and "/dt = " in text:
        name, _, right = text[1:].partition("/dt = ")
        slope = _with("mfrac", _row(_letter("d"), _name(name)), _row(_letter("d"), _letter("t")))
        return _row(slope, _sign("="), _of(right), *_unit_after(f"{PRINTED_UNITS.get(unit, unit) or 1}/s"))
    found = ast.parse(text.strip()).body[0]
    if isinstance(found, ast.Assign):
        return _row(_made(found.targets[0])[0], _sign("=" if unit else "←"), _made(found.value)[0], *_unit_after(unit))
    if isinstance(found, ast.AugAssign):
        changed = ast.BinOp(found.target, found.op, found.value)
        return _row(_made(found.target)[0], _sign("←"), _made(changed)[0])
    if isinstance(found, ast.Expr):
        return _row(_made(found.value)[0], *_unit_after(unit))
    raise NotTypeset(text)


def _of(text: str) -> Element:
    return _made(ast.parse(text.strip(), mode="eval").body)[0]


def _unit_after(unit: str) -> list[Element]:
    printed = PRINTED_UNITS.get(unit, unit)
    return [_space("1.5em"), _text("mtext", f"({printed})", {"class": "unit"})] if printed else []


# expressions ---------------------------------------------------------------------------------------------------------


def _made(node: ast.AST) -> tuple[Element, int]:
    """A part of an expression, and how tightly it holds together."""
    for kind, make in KINDS.items():
        if isinstance(node, kind):
            return make(node)
    raise NotTypeset(ast.dump(node))


def _constant(node: ast.Constant) -> tuple[Element, int]:
    return _text("mn", str(node.value)), ATOM


def _quantity(node: ast.Name) -> tuple[Element, int]:
    return _name(node.id), ATOM


def _negative(node: ast.UnaryOp) -> tuple[Element, int]:
    if not isinstance(node.op, ast.USub):
        raise NotTypeset("an operator that equations do not use")
    return _row(_sign("−"), _at_least(node.operand, PRODUCT)), NEGATIVE


def _binary(node: ast.BinOp) -> tuple[Element, int]:
    if isinstance(node.op, ast.Div):
        return _with("mfrac", _made(node.left)[0], _made(node.right)[0]), PRODUCT
    if isinstance(node.op, ast.Pow):
        return _power(node), POWER
    if isinstance(node.op, ast.Mult):
        left, right = _at_least(node.left, NEGATIVE), _at_least(node.right, PRODUCT)
        return _row(left, *_times(node), right), NEGATIVE if _made(node.left)[1] == NEGATIVE else PRODUCT
    return _row(_made(node.left)[0], _sign(SYMBOLS[type(node.op)]), _at_least(node.right, PRODUCT)), SUM


def _times(node: ast.BinOp) -> list[Element]:
    """A thin space, as between a number and its unit; a dot between numbers."""
    numbers = isinstance(node.left, ast.Constant) and not _is_unit(node.right)
    return [_sign("·")] if numbers and not isinstance(node.right, ast.Name) else [_space("0.17em")]


def _is_unit(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in UNITS


def _power(node: ast.BinOp) -> Element:
    exponent = _made(node.right)[0]
    base = _at_least(node.left, ATOM)
    if base.tag == "msub":
        return _with("msubsup", *base, exponent)
    return _with("msup", base, exponent)


def _compared(node: ast.Compare) -> tuple[Element, int]:
    parts = [_made(node.left)[0]]
    for operator, right in zip(node.ops, node.comparators, strict=True):
        parts += [_sign(SYMBOLS[type(operator)]), _made(right)[0]]
    return _row(*parts), SUM


def _joined(node: ast.BoolOp) -> tuple[Element, int]:
    word = [_space("0.5em"), _text("mtext", SYMBOLS[type(node.op)]), _space("0.5em")]
    return _row(*_between((_made(value)[0] for value in node.values), word)), SUM


def _called(node: ast.Call) -> tuple[Element, int]:
    if not isinstance(node.func, ast.Name):
        raise NotTypeset("a call of something without a name")
    arguments = [_made(argument)[0] for argument in node.args]
    if node.func.id == "sqrt":
        return _with("msqrt", *arguments), ATOM
    inside = _between(arguments, [_sign(",")])
    return _row(_text("mi", node.func.id, {"mathvariant": "normal"}), _parenthesised(_row(*inside))), ATOM


def _between(parts: Iterable[Element], separator: list[Element]) -> list[Element]:
    joined: list[Element] = []
    for part in parts:
        joined += [*separator, part] if joined else [part]
    return joined


KINDS: dict[type[ast.AST], Callable[..., tuple[Element, int]]] = {
    ast.Constant: _constant,
    ast.Name: _quantity,
    ast.UnaryOp: _negative,
    ast.BinOp: _binary,
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.Call: _called,
}


def _at_least(node: ast.AST, hold: int) -> Element:
    """A part, in parentheses if it holds together less tightly than it must. A fraction never needs them but in powers."""
    element, own = _made(node)
    return element if own >= hold else _parenthesised(element)


def _parenthesised(element: Element) -> Element:
    return _row(_sign("("), element, _sign(")"))


# names and elements --------------------------------------------------------------------------------------------------


def _name(name: str) -> Element:
    """A quantity with its subscripts: tau_m_T has the subscript "m,T"; a unit stands upright."""
    if name in UNITS:
        return _text("mi", PRINTED_UNITS.get(name, name).replace("uM", "µM"), {"mathvariant": "normal"})
    head, *below = name.split("_")
    if not below:
        return _letter(head)
    return _with("msub", _letter(head), _letter(",".join(WORDS.get(part, part) for part in below)))


def _letter(name: str) -> Element:
    return _text("mi", WORDS.get(name, name))


def _sign(sign: str) -> Element:
    return _text("mo", sign)


def _space(width: str) -> Element:
    return Element("mspace", {"width": width})


def _text(tag: str, text: str, attributes: dict[str, str] | None = None) -> Element:
    element = Element(tag, attributes or {})
    element.text = text
    return element


def _row(*parts: Element) -> Element:
    return _with("mrow", *parts)


def _with(tag: str, *parts: Element) -> Element:
    element = Element(tag)
    element.extend(parts)
    return element
