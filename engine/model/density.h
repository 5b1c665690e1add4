#pragma once

#include "engine/core/array.h"
#include "engine/core/provenance.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Electron density on a cubic grid. Relative units unless absolute says otherwise; the centre of the grid is the
/// particle's centre. Shape: values [z][y][x], x fastest; voxel (i,j,k) is at (index - (n - 1)/2) * spacing.
struct DensityMap {
    Array<float, 3> values;
    double spacingAngstrom = 0;
    std::size_t size() const { return values.extent(0); }
};

/// Complex amplitudes and density of a particle in spherical harmonics: what M-TIP works on and density/ aligns and
/// averages. rho_lm(r) and A_lm(q) of real type (science.md): rho = Σ rho_lm Y_lm real; A = Σ (-i)^l a_lm Y_lm. Shape:
/// [shell][lm] complex as (re, im) pairs, m >= 0, lm = l(l+1)/2 + m.
struct SphericalDensity {
    int maxOrder = 0;
    std::vector<double> r; ///< Å, r_j = (j + 1/2) Δr
    Array<double, 3> lm;   ///< [r][l(l+1)/2 + m][2]
};

/// Fourier shell correlation of two aligned maps, and what is read from it.
struct ShellCorrelation {
    std::vector<double> q; ///< 1/Å
    std::vector<double> fsc;
    double mean = 0;                   ///< mean FSC over the shells up to q_max, every shell counted once
    double resolutionHalf = 0;         ///< Å (2 pi/q) where it first falls below 0.5; the band limit if it never does
    double resolution0143 = 0;         ///< Å where it first falls below 0.143
    bool reachesBandLimitHalf = false; ///< true: it never fell below 0.5
    bool reachesBandLimit0143 = false;
};

/// One restart of the phasing.
struct Restart {
    std::uint64_t seed = 0;
    double residual = 0;            ///< e_B: what ranks restarts (science.md, gradient polishing)
    double magnitudeError = 0;      ///< e_M
    double freeResidual = 0;        ///< residual of the order left out of the fit; 0 if none was
    bool selected = false;          ///< part of the average
    std::vector<float> convergence; ///< residual against iteration, one point an iteration reported
};

/// What phasing gives.
struct Reconstruction {
    DensityMap map;             ///< the average of the selected restarts
    SphericalDensity spherical; ///< the same in spherical harmonics
    std::vector<Restart> restarts;
    ShellCorrelation halfSetFsc;     ///< between reconstructions from the half sets; empty without halves
    ShellCorrelation referenceFsc;   ///< against a reference structure; empty without
    std::vector<double> prtfQ, prtf; ///< phase retrieval transfer function over the selected restarts
    std::string symmetry = "C1";     ///< point group imposed
    std::vector<std::pair<std::string, double>> symmetryScan; ///< group -> residual, where a scan was made
    double diameterAngstrom = 0;
    double qMax = 0;            ///< 1/Å
    bool finishedEarly = false; ///< the user said "Finish now"
    Provenance provenance;
};

/// The running state of the phasing, for live views. Immutable.
struct PhasingSnapshot {
    std::uint64_t sequence = 0;
    std::vector<Restart> restarts; ///< as far as they are
    DensityMap map;                ///< the best restart's current density; empty while nothing is worth showing
    std::size_t bestRestart = 0;
    int iteration = 0, iterationCount = 0;
    double qCut = 0; ///< 1/Å: resolution marching has come to here
};

} // namespace fxs
