#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/model/correlation.h"

#include <cstdint>
#include <vector>

namespace fxs::mtif {

/// What the three tiers need of the sums: means over frames, self term removed, and what is not known marked.
/// Two sets where the sums hold both halves (even and odd frames), else one.
/// Shape: c [set][m][q][q'], both triangles, m = 0 ... maxHarmonic; raw [m][q] over all frames.
/// Units: intensity squared, per frame, with all particles of a shot; raw before the photon self term is taken off.
struct HarmonicData {
    std::vector<double> q;     ///< 1/Å
    std::vector<double> theta; ///< Ewald angle of each ring, radians
    bool curved = false;       ///< false: every theta is π/2, odd m are empty
    int maxHarmonic = 0;
    Array<double, 4> c;
    std::vector<double> weight; ///< [set]: fraction of the frames
    Array<double, 2> raw;
    std::vector<double> mean;       ///< ⟨I(q)⟩ over all frames
    Array<double, 2> setMean;       ///< [set][q]
    std::vector<double> meanError;  ///< standard error of mean; 0 where unknown
    std::vector<int> ringOrder;     ///< highest m that ring q carries; -1: the ring is not measured
    Array<std::uint8_t, 2> missing; ///< [q][q'] 1: never measured, though both rings are
    bool hasSelfTerm = false;

    std::size_t qCount() const { return q.size(); }
    std::size_t setCount() const { return weight.size(); }
    bool measured(std::size_t ring) const { return ringOrder[ring] >= 0; }
};

/// Gathers m = 0 ... at most harmonicLimit. Frames masked one by one (ratio of sums) are divided here.
/// Throws: Error(badInput) naming what is wrong: no frames, shapes that contradict each other, values that are not finite,
///         rings beyond 4π/λ, fewer than 3 harmonics; Stopped.
/// Cost:   one pass over the sums; 8 bytes * sets * harmonics * rings².
HarmonicData gatherHarmonics(const CorrelationSums& sums, int harmonicLimit, const TaskContext& task);

} // namespace fxs::mtif
