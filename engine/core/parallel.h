#pragma once

#include "engine/core/task.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

#include <cstddef>

namespace fxs {

/// Calls body(tbb::blocked_range<std::size_t>) over [0, n) on all cores.
/// Throws: Stopped when the user stopped it (TBB itself returns normally when cancelled); whatever body throws.
template <class Body>
void parallelFor(std::size_t n, std::size_t grain, const TaskContext& task, Body&& body) {
    tbb::task_group_context group;
    {
        std::stop_callback onStop(task.stop, [&] { group.cancel_group_execution(); });
        tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n, grain), std::forward<Body>(body), group);
    }
    task.checkpoint();
}

/// Bounds all cores used by the engine while it lives; also makes OpenBLAS single-threaded inside TBB tasks.
/// One of these lives in main() of every program; threads = 0 means all cores of the machine.
class ThreadLimit {
public:
    explicit ThreadLimit(int threads = 0);
    int threads() const { return m_threads; }

private:
    int m_threads;
    tbb::global_control m_control;
};

/// How many threads TBB may use now.
int activeThreadCount();

/// What the linked BLAS says of itself, e.g. "OpenBLAS 0.3.21 Haswell, pthreads"; for provenance and benchmarks.
std::string blasDescription();

/// Empty if the linked BLAS suits TBB; else a warning for the user (the OpenMP variant inside TBB is up to 60 times
/// slower).
std::string blasWarning();

} // namespace fxs
