"""Draw the pictures of figures.md and of the README from the shipped experiments, which are simulated where no run is there.

python docs/draw_figures.py                   all of them, into docs/figures
python docs/draw_figures.py ketamine_raster   this one
"""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

import lhb_model as lhb
from lhb_model import plot
from lhb_model.figures import draw
from lhb_model.plot.style import PRINT_DPI

PLACE = Path(__file__).parent / "figures"
OF_KETAMINE = (
    "raster", "traces", "classes", "isi", "return_map", "sensitivity", "circuit", "spectrum", "ppc", "comparison",
)  # fmt: skip
PICTURES = {f"ketamine_{kind}": ("ketamine", kind) for kind in OF_KETAMINE} | {
    "single_cell_ramp": ("single_cell", "ramp"),
    "mode_map_mode_map": ("mode_map", "mode_map"),
    "t_current_clamp_voltage_clamp": ("t_current_clamp", "voltage_clamp"),
    "blocks_raster": ("blocks", "raster"),
    "rebound_raster": ("rebound", "raster"),
    "bursts_vs_tonic_circuit": ("bursts_vs_tonic", "circuit"),
    "dose_response_dose": ("dose_response", "dose"),
    "drug_screen_screen": ("drug_screen", "screen"),
    "kir41_kir41": ("kir41", "kir41"),
    "ketamine_infusion_infusion": ("ketamine_infusion", "infusion"),
    "mean_rate_matched_against_rate": ("mean_rate_matched", "against_rate"),
    "stress_to_ketamine_courses": ("stress_to_ketamine", "courses"),
    "reward_omission_outcomes": ("reward_omission", "outcomes"),
    "synchrony_transfer": ("synchrony", "transfer"),
    "forced_bursts_against_rate": ("forced_bursts", "against_rate"),
    "volley_peth": ("volley", "peth"),
    "sweep_map_map": ("sweep_map", "map"),
}
COLOURS = (256, 128, 64, 32, 16)
MOST_BYTES = 200_000


def smaller(picture: Path) -> bytes:
    """The picture with as many colours as fit into 200 kB; it keeps its size."""
    with Image.open(picture) as image:
        plain = image.convert("RGB")
    for number in COLOURS:
        file = BytesIO()
        plain.quantize(number, dither=Image.Dither.NONE).save(file, "png", optimize=True, dpi=(PRINT_DPI, PRINT_DPI))
        if len(file.getvalue()) < MOST_BYTES:
            break
    return file.getvalue()


def main(names: list[str]) -> None:
    """Draw the pictures of these names, or all."""
    for name in names or PICTURES:
        experiment, kind = PICTURES[name]
        with TemporaryDirectory() as folder:
            (picture,) = plot.save(draw(lhb.run(experiment), kind), Path(folder) / name)
            (PLACE / f"{name}.png").write_bytes(smaller(picture))
        print(PLACE / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
