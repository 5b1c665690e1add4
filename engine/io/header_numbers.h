#pragma once

#include "engine/core/settings.h"
#include "engine/io/hdf5.h"

#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// A number of a file's header: one, or one a frame; those that change from frame to frame are averaged, which is told.
/// Entries that are 0 or not finite among others count as not written. nullopt: the dataset is not there.
/// Throws: Error(badInput) for a dataset of another shape.
std::optional<double> headerNumber(const h5::Group& from, const std::string& path, std::vector<Problem>& problems);

/// The same for what can only be positive; anything else is told and not used.
std::optional<double> headerPositive(const h5::Group& from, const std::string& path, const char* unit,
                                     std::vector<Problem>& problems);

/// How many metres one unit is, for the names that files use ("m", "mm", "um", "angstrom", ...); nullopt: not a length
/// that is known.
std::optional<double> metresPer(const std::string& unit);
/// Electronvolts per unit: "eV", "keV", "J".
std::optional<double> electronvoltsPer(const std::string& unit);

inline constexpr double kJoulePerEv = 1.602176634e-19;

} // namespace fxs
