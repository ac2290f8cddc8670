"""What a finding is: a way to measure what was published, from finished runs of experiments or from the equations alone.

A finding knows nothing of the published numbers: those are in the targets, which nothing here reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Row = tuple[str, int, str, str, float, str]
"""Condition, seed (or cell), nucleus, measure, value, unit: a row of a tidy table."""


@dataclass(frozen=True)
class Finding:
    """One measurement.

    Attributes
    ----------
    name
        Name used in targets.
    title
        One line for people.
    experiments
        Names of the experiments whose runs it measures; none if the equations are enough.
    measure
        Experiment -> its finished run, to the rows of a table.
    of
        What its rows are samples of, as the column `seed` counts them: seeds or cells.
    draw
        Draws what was measured, where a figure says more than the numbers.
    """

    name: str
    title: str
    experiments: tuple[str, ...]
    measure: Callable[[Mapping[str, Run]], list[Row]]
    of: str = "seeds"
    draw: "Callable[[Mapping[str, Run]], Figure] | None" = None

    def table(self, runs: Mapping[str, Run]) -> "pd.DataFrame":
        """The measured rows as a tidy table, as of `analyse`."""
        import pandas as pd

        from lhb_model.comparison import TABLE_COLUMNS

        return pd.DataFrame(self.measure(runs), columns=list(TABLE_COLUMNS))


def row(condition: str, seed: int, measure: str, value: Any, unit: str, nucleus: str = "lhb") -> Row:
    """A row with a plain number.

    >>> row("control", 1, "rate", 2, "Hz")
    ('control', 1, 'lhb', 'rate', 2.0, 'Hz')
    """
    return condition, int(seed), nucleus, measure, float(value), unit
