#pragma once

#include "engine/core/array.h"

#include <cstddef>
#include <memory>

namespace fxs {

/// Real rings from their Fourier coefficients, in single precision: f(q, φ_k) = Σ_m F_m(q) e^{imφ_k}, F_{-m} = conj
/// F_m.
/// Shape:   in: spectrum [m][q][re, im], m = 0 ... phiCount/2, overwritten; out: [q][phi].
/// Owns:    one FFTW plan, shared by all its copies.
/// Threads: transform() from any number of threads; memory from Array (64-byte aligned) only.
/// Throws:  Error(internal) if FFTW makes no plan.
class RingSeries {
public:
    RingSeries(std::size_t qCount, std::size_t phiCount);
    std::size_t harmonicCount() const { return m_phiCount / 2 + 1; }
    void transform(Array<float, 3>& spectrum, Array<float, 2>& rings) const;

private:
    std::size_t m_qCount, m_phiCount;
    std::shared_ptr<void> m_plan;
};

} // namespace fxs
