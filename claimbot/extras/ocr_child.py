"""Read plates: ``python -m claimbot.extras.ocr_child`` is told pictures, and answers in JSON.

The models are PP-OCR's, which the package ``rapidocr`` ships.  What else they read in a picture, a
name or an address on a form, stays here.
"""

import json
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from claimbot.children import serve
from claimbot.extras.ocr import LIMITS
from claimbot.extras.plates import find_plates
from claimbot.photos.copies import make_copy

MODELS = Path(str(files("rapidocr"))) / "models"
LONG_SIDE_PX = 1600
MOST_PLATES = 20  # of a picture; on a car park there may be some

ENGINE = {
    "Global.log_level": "critical",
    # Named, so that one that is missing is not looked for in the network.
    "Det.model_path": next(MODELS.glob("*_det_*.onnx")),
    "Cls.model_path": next(MODELS.glob("*_cls_*.onnx")),
    "Rec.model_path": next(MODELS.glob("*_rec_*.onnx")),
    # The chat needs the other cores.
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def answer(data: bytes) -> bytes:
    """Return the plates in a picture, as JSON."""
    copy = make_copy(data, LONG_SIDE_PX)
    plates = () if copy is None else find_plates(_lines(copy))
    return json.dumps(plates[:MOST_PLATES]).encode()


def _lines(copy: bytes) -> list[str]:
    picture = Image.open(BytesIO(copy), formats=("JPEG",)).convert("RGB")
    read = _engine()(np.asarray(picture)[:, :, ::-1])  # blue first, as its models learnt
    return list(getattr(read, "txts", None) or ())


@cache
def _engine() -> RapidOCR:
    return RapidOCR(params=ENGINE)


if __name__ == "__main__":  # pragma: no cover  in a process of its own
    _engine()
    serve(answer, LIMITS)
