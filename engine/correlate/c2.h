#pragma once

#include "engine/core/array.h"
#include "engine/model/correlation.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// Which frames a mean is taken over.
enum class HalfSelection { all, even, odd };

/// Frames in a selection.
std::uint64_t frameCount(const CorrelationSums& sums, HalfSelection half);

/// Real part of C_m(q,q') per frame, symmetric in q and q'. Shape: [m][q][q']. Where masks differ from frame to frame, the ratio of
/// sums in Δφ is taken here; Δφ bins never seen together count as the mean of the others (see c2Valid). Zero without frames.
/// Cost: a copy of the sums; with a ratio of sums two transforms a pair.
Array<double, 3> meanHarmonics(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);
/// The same of rings q only: C_m(q,q). Shape: [m][q].
Array<double, 2> meanHarmonicsDiagonal(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);
/// Imaginary part of C_m(q,q') (odd in Δφ), antisymmetric; empty for even parity. Shape: [m][q][q'].
Array<double, 3> meanHarmonicsImaginary(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);

/// C2(q,q',Δφ) per frame. Shape: [q][q'][Δφ], Δφ = 2 pi k / phiCount. Cost: n_q²/2 transforms over Δφ.
Array<float, 3> c2(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);
/// C2(q,q,Δφ). Shape: [q][Δφ].
Array<double, 2> c2Diagonal(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);
/// C2(q,q',Δφ_k). Shape: [q][q'].
Array<double, 2> c2AtDelta(const CorrelationSums& sums, std::size_t deltaIndex,
                           HalfSelection half = HalfSelection::all);

/// A line C2(q1,q2,Δφ) with its standard error. The error is that of the mean over frames, estimated from the two halves: half the
/// difference of their C_m (weighted by their frames) is one draw of the error of C_m; its mean square over five neighbouring m of
/// the same parity (counting noise is in all m, that of orientations in the even ones) is carried to Δφ, errors of different m
/// taken as independent. It knows nothing of what both halves have in common (background, drift slower than frame to frame).
/// All zero while a half has no frames.
struct C2Line {
    std::vector<double> deltaPhi, value, error; ///< radians, intensity squared
};
/// withMean: false leaves out m = 0, the mean over Δφ, from value and error. (With a band of harmonics or without, C2 is their sum.)
C2Line c2Line(const CorrelationSums& sums, std::size_t q1, std::size_t q2, bool withMean = true);

/// Which bins of C2(q,q',Δφ) were ever seen together: 1 valid. Shape: [q][q'][Δφ]; empty where all are (no mask, or a fit of
/// every ring).
Array<std::uint8_t, 3> c2Valid(const CorrelationSums& sums);

/// The mean image's radial curve <I(q)> with its standard error over frames.
struct SaxsMean {
    std::vector<double> q, intensity, error;
};
SaxsMean saxsMean(const CorrelationSums& sums, HalfSelection half = HalfSelection::all);

} // namespace fxs
