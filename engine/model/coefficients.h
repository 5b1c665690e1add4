#pragma once

#include "engine/core/array.h"
#include "engine/core/provenance.h"
#include "engine/model/experiment.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace fxs {

/// Legendre coefficients B_l(q,q') = Σ_m I_lm(q) conj I_lm(q') of the intensity, as filtered by M-TIF, on a coarse q
/// grid. Shape: bl [l][q][q'] for l = 0 ... maxOrder, odd l zero; vl [l][q][column], B_l = V_l V_lᵀ, columns beyond
/// rank[l] zero. Units: intensity squared; a single particle's scale (divided by particlesPerShot for l > 0).
struct Coefficients {
    std::vector<double> q; ///< 1/Å, shells q_i = (i + 1/2) Δq
    int maxOrder = 0;      ///< highest l
    Array<double, 3> bl;
    Array<double, 3> vl;
    Array<double, 3> blRaw; ///< before low-rank filtering, on the same grid; empty if not kept
    Array<double, 2> error; ///< [l][q]: standard error of B_l(q,q) from the half sets; empty without halves
    std::vector<std::vector<double>> eigenvalues; ///< per l, falling; whitened units
    std::vector<int> rank;                        ///< per l: eigenvalues kept
    std::vector<double> noiseLevel;               ///< per l: the threshold that decided the rank
    std::vector<double> condition;                ///< per l: condition number of the Legendre fit
    std::vector<double> orderError; ///< per l: relative half-set difference |B_even - B_odd| / |B| (weighted)
    std::vector<double> i00;        ///< I_00(q) = sqrt(4 pi) <I(q)> / M

    double diameterAngstrom = 0;
    std::vector<std::pair<std::string, double>> regularisation; ///< every weight used, by name, for the file
    Experiment experiment;

    std::size_t qCount() const { return q.size(); }
};

/// The filter's whole answer: the coefficients, the same of each half (for half-set FSC), and the filtered C2's
/// harmonics.
struct FilterResult {
    Coefficients all;
    std::vector<Coefficients> halves; ///< 0 or 2
    std::vector<double> fineQ;        ///< q of the correlation, 1/Å
    Array<double, 3> filteredC;       ///< [m][q][q'] on fineQ: what the filtered B_l say C_m is, per frame
    std::uint64_t frames = 0;         ///< how many images the correlation held
    int iterations = 0;
    Provenance provenance;
};

} // namespace fxs
