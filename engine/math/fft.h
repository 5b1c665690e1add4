#pragma once

#include <cstddef>
#include <memory>

namespace fxs {

/// A plan for real discrete Fourier transforms of n points, many at once (FFTW3), T = float or double.
/// forward:  X_m = Σ_k x_k e^{-2πi mk/n}, m = 0 ... n/2; backward: x_k = Σ_m X_m e^{+2πi mk/n} with X_{-m} = conj X_m.
///           Neither divides by n.
/// Shape:    rings  [count][n]  <-> [count][n/2 + 1][re, im]       one transform after the other
///           lanes  [n][count]   -> [n/2 + 1][re, im][count]       side by side, for vectorised kernels
/// Owns:     the plan; move-only. Input and output belong to the caller, may not overlap, and start on 64 bytes (Array does).
/// Threads:  planning and destroying take one lock for the whole program; execute() is free from any thread at once.
/// Throws:   Error(internal) if FFTW cannot plan.
/// Cost:     2.5 n log2 n flops a transform; planned without measuring, so that the same input gives the same bits in every
///           run of the program.
template <class T>
class RealFft {
public:
    static RealFft forwardRings(std::size_t n, std::size_t count);
    static RealFft forwardLanes(std::size_t n, std::size_t count);
    static RealFft backwardRings(std::size_t n, std::size_t count);

    RealFft() = default;

    /// The input is left as it was.
    void execute(const T* in, T* out) const;

    std::size_t size() const { return m_n; }
    std::size_t count() const { return m_count; }

private:
    enum class Kind { forwardRings, forwardLanes, backwardRings };
    struct Plan;
    struct Destroy {
        void operator()(Plan* plan) const noexcept;
    };

    RealFft(Kind kind, std::size_t n, std::size_t count);

    std::unique_ptr<Plan, Destroy> m_plan;
    Kind m_kind = Kind::forwardRings;
    std::size_t m_n = 0;
    std::size_t m_count = 0;
};

extern template class RealFft<float>;
extern template class RealFft<double>;

} // namespace fxs
