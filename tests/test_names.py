import time

import pytest

from lhb_model.names import LONGEST_LIST, nearest, shortened, unknown

NUCLEI = ["lhb", "rmtg", "vta_da", "drn_5ht", "drn_gaba"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rtmg", ["rmtg"]),
        ("LHB", ["lhb"]),
        ("drn", ["drn_5ht", "drn_gaba"]),
        ("vta_dopamine", ["vta_da"]),
        ("hippocampus", []),
        ("", []),
    ],
)
def test_nearest_nuclei(name, expected):
    assert nearest(name, NUCLEI) == expected


def test_names_that_differ_in_case_alone_are_the_whole_answer():
    assert nearest("Mv", ["mV", "uV", "V", "M"]) == ["mV"]
    assert nearest("MS", ["mS", "s", "ms"]) == ["mS", "ms"]
    assert nearest("MS", ["mS", "s", "ms"], n=1) == ["mS"]


def test_a_name_that_begins_like_the_given_one_comes_before_a_similar_one():
    assert nearest("ketam", ["ketan", "ketamine_local"]) == ["ketamine_local", "ketan"]


def test_nearest_gives_n_different_names():
    assert nearest("dose", ["dose1", "dose2", "dose1", "dose3", "dose4"], n=2) == ["dose1", "dose2"]


def test_nearest_takes_any_iterable_of_names():
    assert nearest("lbh", (name for name in NUCLEI)) == ["lhb"]


def test_long_names_are_compared_at_once():
    start = time.process_time()
    nearest("ab" * 10_000, ["ba" * 10_000, "lhb"])
    assert time.process_time() - start < 1


def test_unknown_without_a_near_name():
    assert unknown("drug", "water", ["nbqx", "zd7288"]) == "unknown drug 'water' (known: nbqx, zd7288)"


def test_unknown_with_several_near_names():
    assert unknown("nucleus", "drn", NUCLEI).startswith(
        "unknown nucleus 'drn'; did you mean 'drn_5ht' or 'drn_gaba'? (known: lhb, rmtg,"
    )
    assert "did you mean 'key1', 'key2' or 'key3'?" in unknown("key", "key", ["key1", "key2", "key3", "x"])


def test_unknown_cuts_a_long_list_of_names():
    message = unknown("cell", "x", [f"cell{i}" for i in range(LONGEST_LIST + 7)])
    assert message.endswith(f"cell{LONGEST_LIST - 1} and 7 more)")


ODD_VALUES = [3, None, True, 1.5, ["lhb"], {"lhb": 1}, "two\nlines", "x" * 10**6, 10**5000]


@pytest.mark.parametrize("given", ODD_VALUES, ids=lambda given: type(given).__name__)
def test_unknown_answers_any_value_in_one_short_line(given):
    message = unknown("nucleus", given, NUCLEI)
    assert message.startswith("unknown nucleus ") and "\n" not in message and len(message) < 200


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("5 mV", "'5 mV'"),
        ("a\x00b", r"'a\x00b'"),
        (5, "5"),
        (None, "None"),
        (True, "True"),
        ([1], "a list"),
        ({}, "a mapping"),
        (object(), "a value of type object"),
    ],
)
def test_shortened(given, expected):
    assert shortened(given) == expected


def test_shortened_cuts_long_text():
    assert shortened("x" * 61) == repr("x" * 60 + "...")
    assert shortened("x" * 60) == repr("x" * 60)


def test_shortened_does_not_write_out_a_huge_number():
    assert shortened(-(10**5000)) == "a huge number"
