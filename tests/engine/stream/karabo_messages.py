"""Writes messages of the Karabo bridge, made by European XFEL's own Python package, one file a part.

usage: karabo_messages.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np
from karabo_bridge.serializer import serialize

folder = Path(sys.argv[1])
data = {
    "SPB_DET_AGIPD1M-1/CAL/APPEND_CORRECTED": {
        "image.data": np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5),
        "image.gain": np.arange(12, dtype=np.uint16).reshape(3, 4),
        "image.cellId": np.arange(5, dtype=np.uint16),
        "image.trainId": np.full(5, 10_000_000_123, dtype=np.uint64),
        "image.half": np.array([1.5, -2.0, 6e-8, np.inf], dtype=np.float16),
        "image.flag": np.array([True, False, True]),
        "image.passport": ["a", "b"],
        "modulesPresent": [True, False],
    },
    "SA1_XTD2_XGM/XGM/DOOCS": {"pulseEnergy": 1.25, "count": np.int32(-7), "state": "ON"},
}
meta = {name: {"source": name, "timestamp": 1700000000.25, "timestamp.sec": "1700000000",
               "timestamp.frac": "250000000000000000", "timestamp.tid": 10_000_000_123} for name in data}
for version in ("1.0", "2.2"):
    for index, part in enumerate(serialize(data, meta, protocol_version=version)):
        (folder / f"{version}-{index:03d}").write_bytes(bytes(part))
