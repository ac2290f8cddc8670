"""Keep the present sheets as a set that can be asked for by name when they change: python calibration/freeze.py 2026.5

Copies nuclei, interventions and experiments to configs/parameters/NAME. A nucleus is written with every number of its cells, so
that a new default in a mechanism leaves the set alone; a plastic synapse with every number of its plasticity.
"""

import json
import re
import sys
from pathlib import Path

from lhb_model import catalogue
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.quantities import Parameter
from lhb_model.sheets import read_nucleus
from lhb_model.shipped import FOLDERS, shipped

KINDS = ("experiment", "intervention", "nucleus")
NOTE = """\
# A set that is kept as it was. Its sheets hold every number of their cells: see docs/howto/parameter_sets.md.
set: "{name}"
title: {title}
"""


def freeze(name: str, title: str) -> Path:
    """Write the set; its folder must not be there."""
    place = shipped() / "parameters" / name
    place.mkdir(parents=True)
    (place / "set.yaml").write_text(NOTE.format(name=name, title=json.dumps(title)), encoding="utf-8")
    for kind in KINDS:
        (place / FOLDERS[kind]).mkdir()
        for sheet, path in catalogue.sheet_paths(kind).items():
            text = path.read_text(encoding="utf-8").replace("$schema=../", "$schema=../../../")
            text = text.replace("$schema: ../", "$schema: ../../../")
            (place / FOLDERS[kind] / f"{sheet}.yaml").write_text(FROZEN[kind](text, path, name), encoding="utf-8")
    return place


def _nucleus(text: str, path: Path, name: str) -> str:
    """With the numbers that the sheet leaves to its mechanisms."""
    sheet = read_nucleus(path)
    cell = catalogue.cell(sheet.nucleus, tuple(sheet.mechanisms))
    rest = {key: p for key, p in cell.parameters.items() if key not in sheet.parameters}
    lines = "".join(f"  {key}: {_written(parameter)}\n" for key, parameter in rest.items())
    if "\nparameters:\n" in text:
        return re.sub(r"\nparameters:\n((?:  .*\n)*)", lambda own: f"\nparameters:\n{own[1]}{lines}", text)
    return re.sub(r"\n(?=(spread|rest|start|notes):)", lambda _: f"\nparameters:\n{lines}", text, count=1)


def _written(parameter: Parameter) -> str:
    words = {"value": parameter.quantity.text, "source": parameter.source, "tag": parameter.tag}
    words |= {"note": parameter.note} if parameter.note else {}
    return "{" + ", ".join(f"{key}: {json.dumps(word, ensure_ascii=False)}" for key, word in words.items()) + "}"


def _experiment(text: str, path: Path, name: str) -> str:
    """With its set, and with every number of plastic synapses."""
    text = re.sub(r"^(title: .*\n)", rf'\1parameters: "{name}"\n', text, count=1, flags=re.MULTILINE)
    return re.sub(r"plasticity: \{(.*?)\}", _plasticity, text)


def _plasticity(found: re.Match[str]) -> str:
    usual = short_term_plasticity.MECHANISM.parameters
    rest = [f"{key}: {p.quantity.text}" for key, p in usual.items() if f"{key}:" not in found[1]]
    return f"plasticity: {{{', '.join([found[1], *rest])}}}"


FROZEN = {"experiment": _experiment, "intervention": lambda text, path, name: text, "nucleus": _nucleus}

if __name__ == "__main__":
    print(freeze(sys.argv[1], " ".join(sys.argv[2:]) or "Kept as it was"))
