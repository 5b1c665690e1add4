#pragma once

#include "engine/core/array.h"
#include "engine/core/provenance.h"

#include <cstdint>
#include <string>

namespace fxs {

/// What is known of a detector's pixels: corrected = (raw - dark) / gain, where mask is 1.
/// Shape:   [stage][panel][ss][fs], one stage for detectors without gain stages; an array that is empty is not known
///          (dark 0, gain 1, all valid).
/// Units:   dark and noise in the detector's own (ADU); gain in ADU per unit of intensity (per photon, where known).
struct Calibration {
    Array<float, 4> dark;
    Array<float, 4> noise; ///< standard deviation of one frame about the dark
    Array<float, 4> gain;
    Array<float, 4>
        stageThreshold;          ///< [stage - 1]: from this value of FrameBatch::gainPlane on a pixel is in that stage
    Array<std::uint8_t, 3> mask; ///< [panel][ss][fs], 1 = valid
    std::uint64_t frames = 0;    ///< behind dark and noise
    Provenance provenance;
};

} // namespace fxs
