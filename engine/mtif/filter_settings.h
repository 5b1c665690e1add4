#pragma once

#include "engine/core/settings.h"

#include <optional>
#include <vector>

namespace fxs {

/// What M-TIF is told. Everything optional is derived from the data.
/// Keys: section "filter" of a settings file and the options of `fxs filter` (description()).
struct FilterSettings {
    std::optional<double> diameter;  ///< Å, the particle's largest extent D; absent: from P(r) of the mean and a scan
    std::optional<int> maxOrder;     ///< highest even l; absent: q_max D, limited by the harmonics at hand
    std::optional<int> qGrid;        ///< number of output shells; absent: the fewest with Δq <= π/D
    std::optional<double> particles; ///< effective number of particles a shot; absent: what the file says, else 1
    double tikhonov = 1e-4;          ///< weight of |B_l| against the rows, both in scaled units
    std::optional<int> extraTerms;   ///< Hankel terms above #{z_n <= q_max D}; absent: 2 to 4, by cross-validation
    double rankThreshold = 1.5;      ///< eigenvalues are kept above this many times the noise's largest
    int iterations = 3;              ///< passes through the three tiers at most
    double tolerance = 1e-3;         ///< relative change of B_l that ends the passes
    int guardOrders = 0;             ///< even orders fitted above the highest and thrown away
    bool oddOrders = false;          ///< also fit all l once, to report odd/even (curved data): shows wrong geometry

    static const SettingsDescription<FilterSettings>& description();
    /// Every problem of the settings by themselves.
    std::vector<Problem> validate() const;
};

} // namespace fxs
