#pragma once

#include "engine/core/settings.h"

#include <optional>
#include <vector>

namespace fxs::app {

/// How two densities are compared.
struct CompareOptions {
    std::optional<double> qMax;     ///< 1/Å; absent: the lower of what the two files hold
    std::optional<double> diameter; ///< Å; absent: the larger of the two
    bool mirror = true;             ///< the other hand is tried too: intensities cannot tell it

    static const SettingsDescription<CompareOptions>& description();
    std::vector<Problem> validate() const { return description().check(*this); }
};

} // namespace fxs::app
