#pragma once

#include "engine/model/correlation.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace fxs {

/// What the data say so far, and will say if they go on like this.
///
/// Agreement of the half sets in a ring: r(q), Pearson's over m >= 1 (CorrelationSnapshot::halfSetPerRing). With signal of variance S
/// over m and independent noise of variance s/N in the mean of N images, halves of N/2 images correlate by
///     r = S / (S + 2 s / N) = 1 / (1 + a / N),     a(q) = 2 s / S = N (1/r - 1)
/// (Spearman 1910; Brown 1910, British Journal of Psychology 3, 271 and 296, for halves of a test; the same for half maps: Rosenthal &
/// Henderson, J. Mol. Biol. 333 (2003) 721). a is the number of images after which r = 1/2. After N' images r' = 1 / (1 + a/N').
/// a is taken from the newest r: it holds all images of the earlier ones. Its standard error follows from that of r, (1 - r²) / sqrt(n - 1)
/// for n values of m (Fisher 1921). A ring says nothing where r is below twice that error, and the forecast does not look beyond the last ring
/// that does: it never extrapolates in q, only in N.
/// It holds while sample, beam and hit rate stay; what both halves have in common (background) counts as signal.
struct RingForecast {
    double q = 0;                       ///< 1/Å
    double agreement = 0;               ///< r now
    double error = 0;                   ///< standard error of r
    std::optional<double> imagesToHalf; ///< a; nullopt: nothing can be said
};

struct Forecast {
    std::uint64_t images = 0;   ///< used so far
    double imagesPerSecond = 0; ///< used, over the last minute or so
    std::vector<RingForecast> rings;
    double meanAgreement = 0;      ///< over all rings
    double resolutionAngstrom = 0; ///< 2 pi / q up to which r >= 1/2 (running median of three rings); 0: nowhere
    double bestAngstrom =
        0; ///< the finest that can be forecast at all: 2 pi / q of the last ring that says something; 0: none

    /// Effective number of particles in a shot, from how strongly the intensity of whole images fluctuates: if their number is
    /// Poisson distributed with mean n, var(I)/<I>² = 1/n at low q, where a particle scatters the same in every orientation (number
    /// fluctuations: Magde, Elson & Webb, Phys. Rev. Lett. 29 (1972) 705). Counting noise is taken off where photons per unit are known.
    /// Other fluctuations (pulse energy, hits on the beam's edge) add to the variance, so it is a lower bound. nullopt: fewer than 100 images,
    /// or no fluctuation above three standard errors (a fixed number of particles has none).
    std::optional<double> particlesAtLeast;

    /// r(q) of ring i after so many images; nullopt where nothing can be said.
    std::optional<double> agreementAfter(std::size_t ring, double images) const;
    /// Resolution in Å after so many images; 0: nowhere yet. Not finer than bestAngstrom.
    double resolutionAfter(double images) const;
    /// Images until r >= 1/2 up to 2 pi / resolution; nullopt where nothing can be said.
    std::optional<double> imagesFor(double resolutionAngstrom) const;
    /// The same at the present rate, from now on: s; 0: there already.
    std::optional<double> secondsFor(double resolutionAngstrom) const;
    double resolutionAfterSeconds(double seconds) const {
        return resolutionAfter(static_cast<double>(images) + seconds * imagesPerSecond);
    }
};

/// Cost: a few passes over the rings.
Forecast makeForecast(const CorrelationSnapshot& correlation, double imagesPerSecond);

} // namespace fxs
