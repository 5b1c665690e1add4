#pragma once

#include "engine/core/array.h"
#include "engine/core/provenance.h"
#include "engine/model/experiment.h"
#include "engine/model/live_record.h"
#include "engine/model/polar_grid.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Which part of C2 is kept: even drops what is odd in Δφ (zero expectation for randomly oriented particles), full
/// keeps all.
enum class Parity { even, full };

/// Pairs of rings q <= q' in the order of the files: (0,0) (0,1) ... (0,n-1) (1,1) ...
inline std::size_t pairCount(std::size_t qCount) {
    return qCount * (qCount + 1) / 2;
}
inline std::size_t pairIndex(std::size_t q, std::size_t qPrime, std::size_t qCount) {
    return q * qCount - q * (q + 1) / 2 + qPrime; // q <= qPrime
}

/// The state of an accumulation over images: exact sums, so merging halves, threads, ranks and resumed runs is
/// addition. F_m(q) is the m-th Fourier coefficient of a ring (divided by n_phi); sums are over frames, not means.
/// Shape: sumC [half][m][pair] (even parity: Re conj F_m(q) F_m(q')), or with two values (re, im) at the end for full
/// parity.
///        sumI, sumI2 [half][q]: ring means and their squares. Halves are frames of even and odd index.
/// Units: intensity squared for sumC.
struct CorrelationSums {
    PolarGrid grid;
    Parity parity = Parity::even;
    std::size_t harmonics = 0; ///< m = 0 ... harmonics - 1; phiCount / 2 + 1 if no band limit was given
    Experiment experiment;

    std::array<std::uint64_t, 2> frames{}; ///< per half
    Array<double, 4> sumC;                 ///< [half][m][pair][1 or 2]
    Array<double, 2> sumIntensity;         ///< [half][q]: sum over frames of the ring mean
    Array<double, 2> sumIntensitySquared;  ///< [half][q]: sum over frames of its square

    /// Photon self term: what counting noise adds to C_m(q,q), per unit of sumIntensity [q][m]: 1/(n_phi
    /// photonsPerUnit) for raw independent bins; as propagated through mask and ring fit otherwise. Empty for
    /// noise-free data.
    Array<double, 2> selfTerm;
    /// [q][m]: what resampling did to the noise (RunInfo::noiseRatio); it is a factor of selfTerm already. Empty: 1.
    Array<double, 2> noiseRatio;
    BinAverage
        binAverage; ///< what averaging over bins did (RunInfo::binAverage): still in the sums, taken out by the filter

    Array<std::uint8_t, 2> mask;       ///< [q][phi], 1 = valid; empty: all valid
    std::vector<double> ringCondition; ///< condition number of each ring's transform; empty for the FFT of full rings
    std::vector<std::int32_t> ringHarmonics; ///< harmonics 0 ... n-1 that ring q carries; empty: all

    /// Masks that vary from frame to frame (ratio of sums): the same sums of the masks' own harmonics, shaped as sumC
    /// with all phiCount / 2 + 1 harmonics; empty where a fixed mask or none was used. sumMask [half][q]: sum over
    /// frames of the valid fraction.
    Array<double, 4> sumMaskC;
    Array<double, 2> sumMask;

    std::map<std::string, std::uint64_t> rejected; ///< reason -> frames not used
    std::vector<std::pair<std::uint64_t, std::uint64_t>>
        framesDone; ///< [first, last) index ranges in the sums; for resume

    std::string label; ///< of which frames these are (LabelledCorrelation); empty: all

    std::uint64_t frameCount() const { return frames[0] + frames[1]; }
};

/// What views and files show of a running or finished accumulation. Immutable once published.
/// Cost: a copy of the sums: 8 bytes * 2 halves * harmonics * pairs (93 MB at 300 x 256, even).
struct CorrelationSnapshot {
    std::shared_ptr<const CorrelationSums> sums;
    std::uint64_t sequence = 0;             ///< grows by one with every snapshot of a job
    std::vector<double> halfSetPerRing;     ///< per q: Pearson correlation over m >= 1 of the halves' C_m(q,q)
    std::vector<double> halfSetPerHarmonic; ///< per m: the same over all pairs of rings
    double imaginaryFraction = 0; ///< full parity: |Im C| / |C| over m >= 1, a diagnostic of noise and systematics
    Provenance provenance;
    std::shared_ptr<const LiveRecord> live; ///< of a live run, where it ended: how it went; else null
};

/// The accumulation of the frames of one label (laser on, a delay bin, a sample).
struct LabelledCorrelation {
    std::string label;
    std::shared_ptr<const CorrelationSnapshot> correlation;
};

} // namespace fxs
