"""A learner of predictions whose teacher is dopamine: value += rate * answer of the dopamine neurons to the error.

The temporal-difference rule for a cue and the outcome that ends its trial, in which what comes after the outcome is worth
nothing. The answer is that of the simulated dopamine neurons, over how the answers of healthy ones change for each unit
of error, so that a healthy circuit that answered in proportion would learn the value itself.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LEARNING_RATE = 0.15
"""Share of an error that one trial corrects: assumed."""
WORTH = 0.5
"""Of the reward: as large as the largest errors that were simulated."""
TRIALS = 40
"""With reward, and as many without."""
EARLY = 5
"""Rewards after which learning is under way: its speed shows in the value then."""


def learn(
    answers: Mapping[float, float], unit: float, outcomes: Sequence[float], learning_rate: float = LEARNING_RATE
) -> NDArray[np.float64]:
    """Value of the cue before each trial and after the last, shape (trials + 1,).

    Parameters
    ----------
    answers : error of prediction -> answer of the dopamine neurons (Hz); interpolated between them, 0 without an error.
    unit : answer (Hz) of healthy dopamine neurons for each unit of error.
    outcomes : worth of the outcome of each trial.

    Examples
    --------
    Answers in proportion to the error learn the worth of the outcome:

    >>> learn({-0.5: -2.0, 0.5: 2.0}, 4.0, [0.5] * 40).round(2)[[0, 1, -1]].tolist()
    [0.0, 0.08, 0.5]
    """
    known = {**answers, 0.0: 0.0}
    errors = sorted(known)
    values = [0.0]
    for worth in outcomes:
        answer = np.interp(worth - values[-1], errors, [known[error] for error in errors])
        values.append(values[-1] + learning_rate * float(answer) / unit)
    return np.array(values)


def schedule() -> list[float]:
    """Worth of the outcomes: rewards, then none."""
    return [WORTH] * TRIALS + [0.0] * TRIALS
