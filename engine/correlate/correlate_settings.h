#pragma once

#include "engine/core/settings.h"
#include "engine/model/correlation.h"

#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// How images become C2.
struct CorrelateSettings {
    std::string parity = "even";            ///< "even": C_m real; "full": complex, twice the work
    std::optional<double> diameterAngstrom; ///< limits the harmonics of each ring to m <= qD + 4
    std::optional<int> maxHarmonic;         ///< limits the harmonics of all rings
    std::optional<double> particlesPerShot; ///< overrides what the run says
    bool doublePrecision = false;           ///< transforms and products in double precision, to compare with
    std::string maskMethod = "auto";        ///< "fit", "ratio", or "auto": the fit wherever it is well-conditioned
    bool difference = false;                ///< subtract the mean image of each block of frames
    bool interImage = false;                ///< correlate differences of neighbouring images
    int batchFrames = 512;                  ///< frames a block; cut by absolute frame index

    static const SettingsDescription<CorrelateSettings>& description();
    std::vector<Problem> validate() const;
    Parity parityValue() const { return parity == "full" ? Parity::full : Parity::even; }
};

} // namespace fxs
