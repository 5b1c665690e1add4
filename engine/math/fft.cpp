#include "engine/math/fft.h"

#include "engine/core/array.h"
#include "engine/core/error.h"

#include <fftw3.h>
#include <fmt/format.h>

#include <mutex>

namespace fxs {

namespace {

std::mutex& plannerMutex() {
    static std::mutex mutex;
    return mutex;
}

template <class T>
struct Fftw;

template <>
struct Fftw<float> {
    using Handle = fftwf_plan;
    using Complex = fftwf_complex;
    using Dim = fftwf_iodim;
    static constexpr auto planForward = &fftwf_plan_guru_split_dft_r2c;
    static constexpr auto planBackward = &fftwf_plan_guru_dft_c2r;
    static constexpr auto runForward = &fftwf_execute_split_dft_r2c;
    static constexpr auto runBackward = &fftwf_execute_dft_c2r;
    static constexpr auto destroy = &fftwf_destroy_plan;
};

template <>
struct Fftw<double> {
    using Handle = fftw_plan;
    using Complex = fftw_complex;
    using Dim = fftw_iodim;
    static constexpr auto planForward = &fftw_plan_guru_split_dft_r2c;
    static constexpr auto planBackward = &fftw_plan_guru_dft_c2r;
    static constexpr auto runForward = &fftw_execute_split_dft_r2c;
    static constexpr auto runBackward = &fftw_execute_dft_c2r;
    static constexpr auto destroy = &fftw_destroy_plan;
};

} // namespace

template <class T>
struct RealFft<T>::Plan {
    typename Fftw<T>::Handle handle;
};

template <class T>
void RealFft<T>::Destroy::operator()(Plan* plan) const noexcept {
    {
        const std::lock_guard lock(plannerMutex());
        Fftw<T>::destroy(plan->handle);
    }
    delete plan;
}

template <class T>
RealFft<T>::RealFft(Kind kind, std::size_t n, std::size_t count) : m_kind(kind), m_n(n), m_count(count) {
    const int in = static_cast<int>(n);
    const int many = static_cast<int>(count);
    const int half = in / 2 + 1;
    using Dim = typename Fftw<T>::Dim;
    // Planning looks at the alignment of these only; the estimate mode does not touch their values.
    Array<T, 1> real = Array<T, 1>::uninitialised({n * count});
    Array<T, 1> spectrum = Array<T, 1>::uninitialised({2 * (n / 2 + 1) * count});
    const unsigned flags = FFTW_ESTIMATE | FFTW_PRESERVE_INPUT;
    typename Fftw<T>::Handle handle = nullptr;
    {
        const std::lock_guard lock(plannerMutex());
        if (kind == Kind::forwardRings) {
            const Dim transform{in, 1, 2}, batch{many, in, 2 * half};
            handle = Fftw<T>::planForward(1, &transform, 1, &batch, real.data(), spectrum.data(), spectrum.data() + 1,
                                          flags);
        } else if (kind == Kind::forwardLanes) {
            const Dim transform{in, many, 2 * many}, batch{many, 1, 1};
            handle = Fftw<T>::planForward(1, &transform, 1, &batch, real.data(), spectrum.data(),
                                          spectrum.data() + many, flags);
        } else {
            const Dim transform{in, 1, 1}, batch{many, half, in};
            handle = Fftw<T>::planBackward(1, &transform, 1, &batch,
                                           reinterpret_cast<typename Fftw<T>::Complex*>(spectrum.data()), real.data(),
                                           flags);
        }
    }
    if (!handle)
        throw Error(ErrorCode::internal, fmt::format("FFTW cannot plan {} transforms of {} points", count, n));
    m_plan.reset(new Plan{handle});
}

template <class T>
RealFft<T> RealFft<T>::forwardRings(std::size_t n, std::size_t count) {
    return RealFft(Kind::forwardRings, n, count);
}

template <class T>
RealFft<T> RealFft<T>::forwardLanes(std::size_t n, std::size_t count) {
    return RealFft(Kind::forwardLanes, n, count);
}

template <class T>
RealFft<T> RealFft<T>::backwardRings(std::size_t n, std::size_t count) {
    return RealFft(Kind::backwardRings, n, count);
}

template <class T>
void RealFft<T>::execute(const T* in, T* out) const {
    T* input = const_cast<T*>(in); // FFTW_PRESERVE_INPUT keeps the promise
    switch (m_kind) {
    case Kind::forwardRings:
        Fftw<T>::runForward(m_plan->handle, input, out, out + 1);
        break;
    case Kind::forwardLanes:
        Fftw<T>::runForward(m_plan->handle, input, out, out + m_count);
        break;
    case Kind::backwardRings:
        Fftw<T>::runBackward(m_plan->handle, reinterpret_cast<typename Fftw<T>::Complex*>(input), out);
        break;
    }
}

template class RealFft<float>;
template class RealFft<double>;

} // namespace fxs
