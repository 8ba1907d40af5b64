"""How good speech sounds: DNSMOS (P.835), 1 to 5, by Microsoft's network, as speechmos scores it. Blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rapport.errors import ModelMissing
from rapport.voices.sound import Samples

INPUT_SAMPLES = 144_160
"""9.01 s at 16 kHz: what the network hears at once."""

STEP_SAMPLES = 16_000

OVERALL = (-0.06766283, 1.11546468, 0.04602535)
"""From the network's third number to the scale: speechmos 0.0.1.1, `dnsmos.get_polyfit_val`."""


class Dnsmos:
    """The network. Threads may share it.

    Args:
        models: The folder that holds `dnsmos/`.

    Raises:
        ModelMissing: The weights are not there.
    """

    def __init__(self, models: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._network = onnxruntime.InferenceSession(
                (models / "dnsmos/sig_bak_ovr.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except OSError as error:
            raise ModelMissing("DNSMOS's weights are missing; `make models` fetches them") from error

    def overall(self, speech: Samples, *, most: int = 8) -> float:
        """The mean opinion that listeners would have of it all.

        Args:
            speech: 16 kHz.
            most: How many windows are listened to; a longer recording has them spread over it.
        """
        while len(speech) < INPUT_SAMPLES:
            speech = np.append(speech, speech)
        # As speechmos counts them: whole seconds, less the window's 9.01.
        windows = int(len(speech) // STEP_SAMPLES - INPUT_SAMPLES / STEP_SAMPLES) + 1
        starts = np.unique(np.linspace(0, max(windows - 1, 0), min(most, max(windows, 1))).round()) * STEP_SAMPLES
        cut = [speech[int(at) : int(at) + INPUT_SAMPLES] for at in starts]
        raw = [self._network.run(None, {"input_1": each[None]})[0][0][2] for each in cut if len(each) == INPUT_SAMPLES]
        return float(np.mean(np.polyval(OVERALL, np.asarray(raw, dtype=np.float64))))
