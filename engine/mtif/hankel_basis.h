#pragma once

#include "engine/core/array.h"

#include <span>
#include <vector>

namespace fxs::mtif {

/// Tier 2: the functions of q that order l of the intensity of a particle of diameter D can have. The intensity is the
/// Fourier transform of the density's autocorrelation, which vanishes beyond the radius D; expanded there in j_l(z_n r/D),
/// each term's transform is ψ_n(q) ∝ z_n j_l'(z_n) j_l(qD)/(z_n² − (qD)²), j_l(z_n) = 0. The first #{z_n <= q_max D} + extra
/// are kept: with 2, GroEL's B_l lose at most 4 % (mostly below 1 %), with 3 at most 0.06 %.
/// A basis is made for given rings and weights: the columns of `fine` are orthonormal after multiplication by the weights.
/// Shape:  fine [q][n] on the rings, coarse [shell][n] on the output shells, same functions.
/// Cost:   O(rings * terms²).
struct HankelBasis {
    Array<double, 2> fine, coarse;
    std::size_t size() const { return fine.extent(1); }
};

/// How many terms order l needs: #{z_n <= qMax D}, without extras.
int hankelTermCount(int l, double qMax, double diameter);

/// weights [q]: 0 for rings without data. terms is cut to what the rings can determine.
/// Throws: Error(badSettings) if no ring has weight.
HankelBasis makeHankelBasis(int l, double diameter, int terms, std::span<const double> q,
                            std::span<const double> weights, std::span<const double> shells);

/// Coefficients X = Uᵀ W B W U of a matrix over rings in the basis (U = W fine), least squares in both directions.
/// [n][n]
Array<double, 2> project(const HankelBasis& basis, std::span<const double> weights, View<const double, 2> b);

/// F X Fᵀ for F = basis.fine or basis.coarse, both triangles equal to the last bit.
Array<double, 2> expand(View<const double, 2> functions, View<const double, 2> x);
/// The same for X = G Gᵀ of low rank, G [n][rank]; exactly positive semidefinite up to rounding.
Array<double, 2> expandFactor(View<const double, 2> functions, View<const double, 2> factor);

} // namespace fxs::mtif
