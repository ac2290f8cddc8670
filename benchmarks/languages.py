"""A cell's equations in other languages: NMODL (NEURON and Arbor) and C.

Everything is made from the text that the product itself simulates, so that a changed cell changes all of them. Expressions
keep SI units inside; the languages convert at their borders (NMODL's potential is in mV, its time in ms).
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from lhb_model.cell import Cell
from lhb_model.equations import UNITS, Equation

SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

Power = Callable[[str, int], str]


def products(base: str, exponent: int) -> str:
    """A power written out, as C has none: x*x*x.

    >>> products("x", 3)
    'x*x*x'
    """
    return "*".join([base] * exponent)


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def translated(text: str, names: Mapping[str, str], power: Power = products) -> str:
    """An expression with its names replaced, its powers spelled by `power` and every operation in parentheses.

    >>> translated("g*n**2*(E - v)", {"v": "(1e-3*v)"})
    '((g*(n*n))*(E-(1e-3*v)))'
    """

    def spell(node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return repr(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return names.get(node.id, repr(UNITS[node.id]) if node.id in UNITS else node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return f"(-{spell(node.operand)})"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            assert isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)
            return f"({power(spell(node.left), node.right.value)})"
        if isinstance(node, ast.BinOp):
            return f"({spell(node.left)}{SYMBOLS[type(node.op)]}{spell(node.right)})"
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name), ast.unparse(node)
        return f"{node.func.id}({', '.join(spell(argument) for argument in node.args)})"

    return spell(_tree(text))


def needed(cell: Cell, wanted: Iterable[str]) -> list[Equation]:
    """The algebraic equations that some expressions rest on, each after those it uses itself."""
    algebraic = {e.name: e for e in cell.equations if e.expression and not e.differential}
    found: dict[str, Equation] = {}

    def visit(names: Iterable[str]) -> None:
        for name in sorted(names):
            if name in algebraic and name not in found:
                visit(algebraic[name].names())
                found[name] = algebraic[name]

    visit(wanted)
    return list(found.values())


def _declared(word: str, names: Sequence[str]) -> str:
    """Names declared eight a line, as NEURON reads no line of over 510 characters."""
    return "\n".join(f"    {word} {', '.join(names[k : k + 8])}" for k in range(0, len(names), 8))


LINOID = """\
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) {
        linoid = 1 - x/2
    } else {
        linoid = x/(exp(x) - 1)
    }
}
"""


def neuron_nmodl(
    cell: Cell, values: Mapping[str, float], each: Sequence[str] = (), more: str = "", name: str = "lhb_cell"
) -> str:
    """NMODL for NEURON: a point process that carries all currents of a cell.

    `values` gives the parameters (SI); those in `each` may differ between cells. `more` holds further blocks.
    """
    states = [e for e in cell.equations if e.differential and e.name != "v"]
    membrane = next(e for e in cell.equations if e.name == "v")
    spelled = {"v": "V", "t": "(1e-3*t)"}

    def lines(equations: Iterable[Equation]) -> str:
        return "\n".join(f"    {e.name} = {translated(e.expression, spelled)}" for e in equations)

    def local(equations: list[Equation]) -> str:
        return ", ".join(["V", *(e.name for e in equations)])

    inward = " + ".join(translated(f"{cell.gates[c]}*{c}" if c in cell.gates else c, spelled) for c in cell.currents)
    bare = [e.name for e in cell.equations if not e.expression]
    flowing = needed(cell, membrane.names())
    moving = needed(cell, set().union(*(e.names() for e in states)))
    given = sorted(values.keys() - {"C"})
    return f"""\
: {name}: all currents of one cell; SI units but for v (mV), t (ms) and i (nA)
NEURON {{
    THREADSAFE
    POINT_PROCESS {name}
    NONSPECIFIC_CURRENT i
{_declared("RANGE", [*each, *bare, *(e.name for e in states)])}
{_declared("GLOBAL", [p for p in given if p not in each])}
}}
PARAMETER {{
{chr(10).join(f"    {p} = {values[p]!r}" for p in given)}
}}
ASSIGNED {{
    v (millivolt)
    i (nanoamp)
    {chr(10).join(bare)}
}}
STATE {{ {" ".join(e.name for e in states)} }}
{LINOID}
BREAKPOINT {{
    LOCAL {local(flowing)}
    SOLVE states METHOD cnexp
    V = 1e-3*v
{lines(flowing)}
    i = -1e9*({inward})
}}
DERIVATIVE states {{
    LOCAL {local(moving)}
    V = 1e-3*v
{lines(moving)}
{chr(10).join(f"    {e.name}' = 1e-3*{translated(e.expression, spelled)}" for e in states)}
}}
{more}"""
