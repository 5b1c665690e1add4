#pragma once

#include <memory>

namespace fxs {

/// Lets the calling thread, the threads that it starts from now on and the TBB workers that help it give way to the other threads of
/// the program, so that a window answers while all cores compute: on Linux they get niceness kNiceness; elsewhere nothing
/// happens. What runs at the same niceness shares the machine as before, and an idle machine is used fully.
/// Of no return: a thread may lower its standing but not raise it again, so this is for a thread of one long job; a worker that
/// has helped stays behind.
/// Threads: made, and destroyed, on the thread that is to give way. Errors: none; where the system refuses, nothing changes.
/// Cost:    one system call a thread.
class GiveWay {
public:
    static constexpr int kNiceness = 10;

    GiveWay();
    ~GiveWay();
    GiveWay(const GiveWay&) = delete;
    GiveWay& operator=(const GiveWay&) = delete;

private:
    class Workers;
    std::unique_ptr<Workers> m_workers;
};

/// The niceness of the calling thread; 0 where there is no such thing.
int currentNiceness();

} // namespace fxs
