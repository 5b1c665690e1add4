#include "engine/core/give_way.h"

#include <tbb/task_scheduler_observer.h>

#include <cerrno>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace fxs {

int currentNiceness() {
#ifdef __linux__
    // Niceness is a thread's here, whatever POSIX says of processes.
    errno = 0;
    return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
#else
    return 0;
#endif
}

namespace {

void giveWay() {
#ifdef __linux__
    if (currentNiceness() < GiveWay::kNiceness)
        setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), GiveWay::kNiceness);
#endif
}

} // namespace

/// Told of every worker that enters the arena of the thread that made it.
class GiveWay::Workers : public tbb::task_scheduler_observer {
public:
    Workers() { observe(true); }
    ~Workers() override { observe(false); }

    void on_scheduler_entry(bool isWorker) override {
        if (isWorker)
            giveWay();
    }
};

GiveWay::GiveWay() {
    giveWay();
    m_workers = std::make_unique<Workers>();
}

GiveWay::~GiveWay() = default;

} // namespace fxs
