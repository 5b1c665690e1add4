#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/simulate/scatterers.h"

#include <cstddef>
#include <span>
#include <vector>

namespace fxs {

/// Intensity of one particle, I(q n) = |A(q n)|² = Σ_lm I_lm(q) Y_lm(n), by its harmonics. Only even l: I(-n) = I(n).
/// Shape: packed [component][q]: component offset(l) + k is entry k of the packed real vector of order l (rotation.h).
/// Units: electrons².
struct IntensityHarmonics {
    std::vector<double> q; ///< 1/Å
    int maxOrder = 0;      ///< highest l, even
    Array<double, 2> packed;
    std::vector<int> shellOrder; ///< per q: highest l that matters there; never falls with q
    double truncation = 0;       ///< largest part of a shell's norm that lies beyond its shellOrder, estimated

    /// First component of an even l.
    static constexpr std::size_t offset(int l) {
        const auto k = static_cast<std::size_t>(l) / 2;
        return k * (2 * k - 1); // Σ_{even l' < l} 2l' + 1
    }
    /// <I(q)> over directions: I_00 / sqrt(4π).
    double mean(std::size_t shell) const;
};

/// Highest order that a point at distance r from the origin gives at q with more than `tolerance` of its norm beyond:
/// Σ_{l > L} (2l+1) j_l(qr)² < tolerance².
int bandLimit(double qr, double tolerance);

/// I_lm(q) of scatterers on shells q (1/Å, increasing, >= 0). A_lm by one matrix product an order over blocks of atoms,
/// A = 4π Σ_lm (-i)^l Y_lm Σ_j f_j(q) j_l(q r_j) conj Y_lm(r_j); |A|² on a Gauss-Legendre grid that is exact for it;
/// analysed. diameter: largest distance between two scatterers, Å; orders beyond bandLimit(q diameter, 1e-10) are not
/// computed, and each shell keeps those that hold all but 1e-8 of its norm.
/// Threads: parallel over shells; the same bits for any thread count.
/// Throws:  Error(badInput) without scatterers or shells; Stopped.
/// Cost:    2 atoms * shells * L² multiplications, L = q_max R + 10 or so; about 1 s for GroEL to 0.15 1/Å on two
///          cores.
IntensityHarmonics intensityHarmonics(const Scatterers& scatterers, double diameter, std::span<const double> q,
                                      const TaskContext& task);

} // namespace fxs
