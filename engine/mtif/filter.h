#pragma once

#include "engine/core/task.h"
#include "engine/model/coefficients.h"
#include "engine/model/correlation.h"
#include "engine/mtif/filter_settings.h"

namespace fxs {

/// M-TIF: Legendre coefficients B_l(q,q') of one particle's intensity from the two-point correlation C2, noise filtered out.
/// Pande et al., PNAS 115 (2018) 11772. Three tiers, iterated: Legendre expansion in Δφ by weighted, regularised least
/// squares with each ring's Ewald angle (legendre_fit.h); Hankel expansion in q and q' that a particle of diameter D allows
/// (hankel_basis.h); principal components of each order (low_rank.h). Pairs of rings that were never measured are filled with
/// what the tiers say of them. B_0 comes from the mean image: I_00 = sqrt(4π) ⟨I⟩/M.
/// Units:   q in 1/Å; B_l in intensity squared of a single particle (l > 0 divided by the particles a shot).
/// Shape:   Coefficients on shells q_i = (i + 1/2) Δq, Δq <= π/D, from the first to the last that the rings cover (a beam
///          stop takes the first ones away). filteredC [m = 0 ... maxOrder][q][q'] on the rings, per frame, with all
///          particles and without photon noise.
/// Halves:  if both halves of the sums hold frames, halves has two Coefficients of the same shells and orders, of the whole's
///          rank at most. Without (foreign files) negative eigenvalues judge the rank, and halves is empty.
/// Owns:    its settings. The sums are read during the call only.
/// Threads: run() may be called from several threads; parallel inside; the same bits for any thread count.
/// Throws:  Error(badSettings) with every problem of the settings, or a diameter that the rings cannot serve;
///          Error(badInput) for sums without frames, with too few harmonics, or with values that are not finite; Stopped.
/// Finish:  TaskContext::finish ends after the pass under way.
/// Cost:    see README.md; an automatic diameter about doubles it.
class Filter {
public:
    explicit Filter(FilterSettings settings);
    FilterResult run(const CorrelationSums& sums, const TaskContext& task) const;

private:
    FilterSettings m_settings;
};

} // namespace fxs
