"""What a burst costs: dopamine and serotonin lost to each LHb spike in bursts, over that lost to each spike fired one by one.

    burst premium = (left by silence - left by bursts)/spikes in bursts : (left by silence - left by tonic spikes)/tonic spikes

from trains with the same spike counts, neuron by neuron. 1 says that only the number of spikes counts. `premium_of_synchrony` is
the same for bursts at common times over bursts that each neuron has on its own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {"dopamine": "vta_da", "serotonin": "drn_5ht"}
SILENT = "silent"


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each seed: of bursts over tonic spikes, and of common bursts over single ones."""
    found = premiums(runs["bursts_vs_tonic"].table, "bursting", "tonic")
    own, common = ("trains@1@0", "trains@1@1")
    together = premiums(runs["synchrony"].table, common, own, "premium_of_synchrony")
    return [*found, *together]


def premiums(table: "pd.DataFrame", of: str, over: str, name: str = "burst_premium") -> list[Row]:
    """The premium of one pattern of trains over another, for each transmitter and seed; NaN where the other takes nothing.

    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> left, rate = {"silent": 100.0, "tonic": 80.0, "bursting": 60.0}, {"silent": 0.0, "tonic": 4.0, "bursting": 4.0}
    >>> rows = [(c, 1, "vta_da", "dopamine", nm, "nM") for c, nm in left.items()]
    >>> rows += [(c, 1, "lhb", "rate", hz, "Hz") for c, hz in rate.items()]
    >>> premiums(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)), "bursting", "tonic")
    [('bursting', 1, 'vta_da', 'burst_premium', 2.0, '1')]
    """
    values = table.set_index(["nucleus", "measure", "condition", "seed"])["value"].sort_index()
    rows = []
    for transmitter, nucleus in MEASURES.items():
        for seed in table["seed"].unique() if (nucleus, transmitter, SILENT) in values.index else ():

            def lost(name: str, transmitter: str = transmitter, nucleus: str = nucleus, seed: int = seed) -> float:
                """Transmitter lost to each spike."""
                left = values[nucleus, transmitter, name, seed]
                return float((values[nucleus, transmitter, SILENT, seed] - left) / values["lhb", "rate", name, seed])

            share = lost(of) / lost(over) if lost(over) else float("nan")
            rows.append(row(of, seed, name, share, "1", nucleus))
    return rows


def premium_titles(table: "pd.DataFrame", of: str, over: str) -> dict[tuple[str, str], str]:
    """The burst premium of each transmitter in words, with its 95 % t interval over seeds."""
    import pandas as pd

    from lhb_model.comparison import TABLE_COLUMNS, summarise

    found = summarise(pd.DataFrame(premiums(table, of, over), columns=list(TABLE_COLUMNS)))
    names = {nucleus: name for name, nucleus in MEASURES.items()}
    return {
        (line.nucleus, names[line.nucleus]): f"Burst premium {line.mean:.2f} [{line.low:.2f}, {line.high:.2f}]"
        for line in found.itertuples()
    }


FINDING = Finding(
    "burst_premium", "Loss of dopamine and serotonin per LHb spike", ("bursts_vs_tonic", "synchrony"), measure
)
