"""The means of a run as rows of text."""

import pandas as pd

from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.summary import MOST_COLUMNS, summary_rows


def table_of(conditions: list[str]) -> pd.DataFrame:
    rows = [
        (name, seed, nucleus, measure, place + seed, "Hz")
        for place, name in enumerate(conditions)
        for nucleus, measure in (("lhb", "rate"), ("vta_da", "rate"), ("lhb", "isi_cv2"))
        for seed in (1, 3)
    ]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def test_few_conditions_have_a_column_each_and_their_intervals() -> None:
    head, *rows = summary_rows(table_of(["a", "b"]), ["a", "b"])
    assert head == ["mean over 2 seeds [95 % interval]", "a", "b"]
    assert rows[0][0] == "LHb rate (Hz)" and rows[0][1].startswith("2 [")


def test_many_conditions_have_a_row_each_with_their_means_alone() -> None:
    names = [f"drug@{dose}uM" for dose in range(MOST_COLUMNS + 1)]
    head, *rows = summary_rows(table_of(names), names)
    assert head == ["mean over 2 seeds", "LHb Hz", "VTA DA Hz"]
    assert [row[0] for row in rows] == names
    assert rows[3] == ["drug@3uM", "5", "5"]


def test_many_conditions_without_a_measure_of_a_short_head_have_columns() -> None:
    names = [f"c{place}" for place in range(MOST_COLUMNS + 1)]
    table = table_of(names)
    head, *rows = summary_rows(table[table["nucleus"] == "lhb"].assign(nucleus="rmtg"), names)
    assert head[1:] == names and [row[0] for row in rows] == ["RMTg rate (Hz)"]
