#include "engine/core/parallel.h"

#include <cblas.h>
#include <tbb/info.h>

#include <fmt/format.h>

// Declared here because not every cblas.h of Debian's alternatives declares them.
extern "C" {
char* openblas_get_corename(void);
char* openblas_get_config(void);
int openblas_get_parallel(void);
void openblas_set_num_threads(int);
}

namespace fxs {

ThreadLimit::ThreadLimit(int threads)
    : m_threads(threads > 0 ? threads : tbb::info::default_concurrency()),
      m_control(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(m_threads)) {
    openblas_set_num_threads(1);
}

int activeThreadCount() {
    return static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

std::string blasDescription() {
    static constexpr const char* kThreading[] = {"serial", "pthreads", "OpenMP"};
    const int kind = openblas_get_parallel();
    return fmt::format("{}({}, {})", openblas_get_config(), openblas_get_corename(),
                       kind >= 0 && kind <= 2 ? kThreading[kind] : "unknown threading");
}

std::string blasWarning() {
    if (openblas_get_parallel() != 2)
        return {};
    return "the OpenMP build of OpenBLAS is linked; inside this program's own threads it can be up to 60 times slower. "
           "Install libopenblas0-pthread or select it with update-alternatives.";
}

} // namespace fxs
