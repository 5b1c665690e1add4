#pragma once

#include "engine/core/array.h"
#include "engine/io/structure.h"

#include <array>
#include <functional>
#include <span>
#include <vector>

namespace fxs {

/// What scatters: points with a weight, a displacement and a kind; a kind is a form factor that many points share.
/// Amplitude: A(q) = Σ_j w_j (f_k(q) exp(-B_j q²/16π²) - d_k(q)) exp(-i q·r_j), with d_k the solvent that a point
/// displaces.
/// Units: positions in Å, q in 1/Å, form factors in electrons.
/// Owns:  all of it; a value.
struct Scatterers {
    struct Kind {
        std::function<std::vector<double>(std::span<const double> q)> formFactor;
        std::function<std::vector<double>(std::span<const double> q)> displaced; ///< empty: nothing displaced
    };
    struct Point {
        std::array<double, 3> position{};
        double weight = 1;
        double bFactor = 0;
        std::size_t kind = 0;
    };
    std::vector<Kind> kinds;
    std::vector<Point> points;

    /// Largest distance of a point from the origin, Å.
    double radius() const;
};

/// The atoms of a structure, one kind an element. solventDensity in electrons/Å³ (0: vacuum; water 0.334): every atom
/// displaces a Gaussian of that density and of its excluded volume (Fraser et al. 1978). Throws: Error(unsupported) for
/// an element without a form factor.
Scatterers scatterersOf(const Structure& structure, double solventDensity = 0);

/// Form factors of the kinds on a q grid: [kind][0: f, 1: displaced][q].
Array<double, 3> tabulate(const Scatterers& scatterers, std::span<const double> q);

} // namespace fxs
