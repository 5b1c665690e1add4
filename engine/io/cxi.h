#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// The layout of CXI files (cxidb): entry_1/data_1/data (which may be a link) or entry_1/instrument_1/detector_1/data,
/// distance and pixel sizes in metres, source_1/energy in joule, mask bits as in engine/detector/mask.h.
/// Frames may be of several panels (4 axes), the mask one for all or one a frame; corner_position and basis_vectors
/// give the geometry where they are written. Columns: what has one value a frame in entry_1, its first instrument, data,
/// result, sample and event groups, and LCLS.
Layout cxiLayout();

/// The same as Cheetah and psocake write it: LCLS/photon_energy_eV in electronvolt, LCLS/detector_1/EncoderValue in mm.
Layout cheetahLayout();

/// European XFEL's virtual CXI files (EXtra-data): [frame][module][ss][fs], or with a plane axis before ss for raw AGIPD;
/// masks whose every bit is a defect; what no source fills is masked (engine/io/frame_holes.h).
Layout xfelCxiLayout();

} // namespace fxs
