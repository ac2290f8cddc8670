"""Bursts: spike times -> one row per burst, by any published rule; statistics and class of a neuron."""

from lhb_model.bursts.chance import chance_shares, poisson_share_in_bursts, poisson_share_of
from lhb_model.bursts.cma import CMA
from lhb_model.bursts.find import BURST, find_bursts
from lhb_model.bursts.log_isi import LogISI
from lhb_model.bursts.max_interval import MaxInterval
from lhb_model.bursts.measures import (
    ClassCriteria,
    NeuronClass,
    Sensitivity,
    bursts_and_statistics,
    class_of,
    classify,
    neuron_statistics,
    sensitivity,
)
from lhb_model.bursts.poisson_surprise import PoissonSurprise
from lhb_model.bursts.rules import PRESETS, Rule, as_rule, parse_rule
from lhb_model.bursts.train import Span

__all__ = [
    "BURST",
    "CMA",
    "PRESETS",
    "ClassCriteria",
    "LogISI",
    "MaxInterval",
    "NeuronClass",
    "PoissonSurprise",
    "Rule",
    "Sensitivity",
    "Span",
    "as_rule",
    "bursts_and_statistics",
    "chance_shares",
    "class_of",
    "classify",
    "find_bursts",
    "neuron_statistics",
    "parse_rule",
    "poisson_share_in_bursts",
    "poisson_share_of",
    "sensitivity",
]
