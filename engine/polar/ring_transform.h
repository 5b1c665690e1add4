#pragma once

#include "engine/core/array.h"
#include "engine/model/polar_grid.h"
#include "engine/polar/ring_fit.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fxs {

/// How far rings carry harmonics: a particle of diameter D scatters harmonics up to about q D, with a tail beyond.
struct BandLimit {
    std::optional<double> diameterAngstrom;
    std::optional<std::size_t> maxHarmonic;

    bool given() const { return diameterAngstrom || maxHarmonic; }
    /// The highest m of a ring at q (1/Å): ceil(q D + 2 (q D)^(1/3) + 3), maxHarmonic and phiCount / 2, whichever is least.
    std::size_t highest(double q, std::size_t phiCount) const;
    /// The same without the tail beyond q D: what a ring must carry at the least.
    std::size_t lowest(double q, std::size_t phiCount) const;
};

/// How the harmonics of a ring are found.
enum class RingMethod : std::uint8_t {
    complete,     ///< no gap: the Fourier transform
    fit,          ///< gaps: least squares on the valid bins, well conditioned
    truncatedFit, ///< the same, with singular values below 1/1000 of the largest left out
    ratio,        ///< no fit possible: gaps stay zero, to be divided by the mask's correlation (ratio of sums)
    none,         ///< no valid bin: the ring has no harmonics
};

enum class MaskCorrection { automatic, fit, ratio };

/// The transform of every ring of a grid to circular harmonics F_m = (1/n) Σ_k I_k e^{-imφ_k}, for one fixed mask: which rings
/// are complete, how gaps are filled (RingFit), which harmonics each ring carries, how noise passes through.
/// science.md, Masks. A masked ring is fitted with as many harmonics as the band limit says; where its condition number
/// exceeds 1000, with fewer (down to q D), then, for flat data, with even ones only (Friedel's law), then with a truncated
/// singular value decomposition (up to 10⁴); what remains is left to the ratio of sums.
/// Owns:    all tables. Immutable: any thread.
/// Throws:  Error(badInput) for a mask of another shape or without a valid bin.
/// Cost:    gaps³ flops a masked ring to build.
class RingTransform {
public:
    static constexpr double kMaxCondition = 1e3;

    /// mask [q][phi], 1 = valid; an empty view: all valid. flat: the wavelength is zero, so I(φ + π) = I(φ).
    RingTransform(const PolarGrid& grid, View<const std::uint8_t, 2> mask, const BandLimit& limit,
                  MaskCorrection correction = MaskCorrection::automatic, bool flat = false);

    std::size_t qCount() const { return m_methods.size(); }
    std::size_t phiCount() const { return m_phiCount; }
    /// Harmonics 0 ... harmonics() - 1 are kept overall; ring q carries the first ringHarmonics()[q] of them.
    std::size_t harmonics() const { return m_harmonics; }
    const std::vector<std::int32_t>& ringHarmonics() const { return m_ringHarmonics; }
    const std::vector<RingMethod>& methods() const { return m_methods; }
    /// Per ring: the condition number of the fit that is used; 1 for complete rings, infinite where none was possible.
    const std::vector<double>& condition() const { return m_condition; }
    /// Odd harmonics of this ring are zero by Friedel's law.
    bool evenOnly(std::size_t q) const { return m_evenOnly[q] != 0; }
    /// The fit of a ring whose method is fit or truncatedFit; else null.
    const RingFit* fit(std::size_t q) const { return m_fits[q].get(); }
    bool hasMask() const { return !m_mask.empty(); }
    bool needsRatio() const;
    /// [q][phi], 1 = valid; empty if all are.
    const Array<std::uint8_t, 2>& mask() const { return m_mask; }

    /// What photon noise adds to C_m(q,q), per unit of a ring's mean intensity in photons: Σ_φ |P_mφ|² with F_m = Σ_φ P_mφ I_φ;
    /// 1/n for the Fourier transform (and for rings of the ratio, after the division). [q][m]; zero beyond a ring's band.
    Array<double, 2> selfTerm() const;

    /// The harmonics of one image [q][phi] in double, for looking and for tests: [q][m][re, im]. Rings of the ratio are
    /// transformed with zeros in their gaps.
    Array<double, 3> harmonics(View<const float, 2> image) const;

private:
    void chooseRing(std::size_t q, double qValue, const BandLimit& limit, MaskCorrection correction, bool flat);

    std::size_t m_phiCount = 0;
    std::size_t m_harmonics = 0;
    Array<std::uint8_t, 2> m_mask;
    std::vector<std::int32_t> m_ringHarmonics;
    std::vector<RingMethod> m_methods;
    std::vector<double> m_condition;
    std::vector<std::uint8_t> m_evenOnly;
    std::vector<std::shared_ptr<const RingFit>> m_fits;
};

} // namespace fxs
