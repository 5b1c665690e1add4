#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// The layout of CXI files (cxidb): entry_1/data_1/data (which may be a link) or entry_1/instrument_1/detector_1/data,
/// distance and pixel sizes in metres, source_1/energy in joule, mask bits as in engine/detector/mask.h.
Layout cxiLayout();

} // namespace fxs
