#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// The files of a European XFEL run (METADATA and INDEX groups): one detector's modules, aligned by train and pulse,
/// with what is missing masked, counted and told; control values and gas monitors as columns. Of several detectors the
/// largest is read, or the one whose name `dataset` begins with. Raw AGIPD gives its second plane as gainPlane; corrected
/// data and JUNGFRAU their gain stages; of raw LPD's 16 bits 12 are the signal and 2 the stage.
Layout xfelRunLayout();

} // namespace fxs
