#include "engine/simulate/ring_series.h"

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

} // namespace

RingSeries::RingSeries(std::size_t qCount, std::size_t phiCount) : m_qCount(qCount), m_phiCount(phiCount) {
    Array<float, 3> spectrum({harmonicCount(), qCount, 2});
    Array<float, 2> rings({qCount, phiCount});
    const int n = static_cast<int>(phiCount);
    const int rows = static_cast<int>(qCount);
    const std::lock_guard lock(plannerMutex());
    fftwf_plan plan = fftwf_plan_many_dft_c2r(1, &n, rows, reinterpret_cast<fftwf_complex*>(spectrum.data()), nullptr,
                                              rows, 1, rings.data(), nullptr, 1, n, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    if (!plan)
        throw Error(ErrorCode::internal,
                    fmt::format("FFTW made no plan for {} rings of {} azimuths", qCount, phiCount));
    m_plan = std::shared_ptr<void>(plan, [](void* p) {
        const std::lock_guard inner(plannerMutex());
        fftwf_destroy_plan(static_cast<fftwf_plan>(p));
    });
}

void RingSeries::transform(Array<float, 3>& spectrum, Array<float, 2>& rings) const {
    fftwf_execute_dft_c2r(static_cast<fftwf_plan>(m_plan.get()), reinterpret_cast<fftwf_complex*>(spectrum.data()),
                          rings.data());
}

} // namespace fxs
