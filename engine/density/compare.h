#pragma once

#include "engine/core/task.h"
#include "engine/density/alignment.h"
#include "engine/io/structure.h"
#include "engine/model/density.h"

#include <optional>
#include <variant>

namespace fxs {

/// What can be compared: a phasing result, a map (of any program), or atoms. Borrowed: the caller keeps it alive.
using Comparable = std::variant<const Reconstruction*, const DensityMap*, const Structure*>;

struct CompareSettings {
    std::optional<double> qMax; ///< 1/Å; absent: the lowest band limit of the two (a map's own is 2π over 3 voxels)
    std::optional<double> diameter; ///< Å; absent: the largest of what the two say of themselves
    bool allowMirror = true;
};

/// The second laid over the first, and how well it fits.
struct Comparison {
    Alignment alignment; ///< second ↦ first, each about its own centre of mass
    ShellCorrelation fsc;
    double qMax = 0;                   ///< 1/Å, as used
    double diameterAngstrom = 0;       ///< as used
    SphericalAmplitudes first, second; ///< aligned, on the same shells
};

/// Aligns (rotation, translation, hand) and gives the Fourier shell correlation with the resolutions at 0.5 and 0.143.
/// Maps are expanded about the centre of mass of their density above 5 % of the maximum, and of what lies beyond the
/// diameter only a margin is kept, so that a foreign map's background does not count. Throws: Error(badInput) for empty
/// inputs, Error(badSettings) for a q_max or diameter that is not positive or if there is no band limit to be known
/// (two structures: give qMax); Stopped. Cost: that of the amplitudes (see amplitudes.h, reference.h) and of align().
Comparison compare(const Comparable& first, const Comparable& second, const CompareSettings& settings,
                   const TaskContext& task);

/// FSC of a reconstruction with a structure, as the reconstruction stands (aligned first, hand free).
ShellCorrelation referenceCorrelation(const SphericalDensity& density, double qMaxInverseAngstrom,
                                      double diameterAngstrom, const Structure& structure, const TaskContext& task);

} // namespace fxs
