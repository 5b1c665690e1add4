#pragma once

#include "engine/core/task.h"
#include "engine/density/amplitudes.h"
#include "engine/io/structure.h"

#include <vector>

namespace fxs {

/// Amplitudes of a structure in vacuum, about its centre of mass: a_lm(q) = 4π Σ_j o_j f_j(q) j_l(q r_j) conj
/// Y_lm(r_j), what a reconstruction is compared with. f_j with the atom's B; o_j its occupancy. Units:  electrons.
/// Cost: O(atoms * (maxOrder² * shells + shells * maxOrder)), 0.5 s for GroEL at order 20 on one core. Throws:
/// Error(badInput) for a structure without atoms; Error(unsupported) for an element without a form factor; Stopped.
SphericalAmplitudes structureAmplitudes(const Structure& structure, const std::vector<double>& q, int maxOrder,
                                        const TaskContext& task);

} // namespace fxs
