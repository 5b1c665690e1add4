#pragma once

#include "engine/backend/job_hooks.h"
#include "engine/core/thread.h"
#include "engine/model/correlation.h"
#include "engine/mtif/filter_settings.h"

#include <memory>

namespace fxs {

/// Filters published correlations while images still arrive, so that the coefficients are live. The newest wins: what
/// comes while one is filtered is taken up to the last. A correlation that cannot be filtered yet (too few images) is
/// passed over. Owns:    its named thread; destroying it stops the filter that runs and joins. Threads: offer() from
/// one thread. Hooks are called from its own.
class LiveFilter {
public:
    LiveFilter(FilterSettings settings, const JobHooks& hooks);
    ~LiveFilter();

    void offer(std::shared_ptr<const CorrelationSnapshot> correlation);

private:
    struct State;
    std::shared_ptr<State> m_state;
    NamedThread m_thread;
};

} // namespace fxs
