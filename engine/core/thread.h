#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace fxs {

/// A named thread for work that waits (a job's driver, a file reader, a stream receiver). Stops and joins when
/// destroyed. Throws:  std::system_error if the system has no thread left. Threads: the body must catch everything it
/// throws; what leaves it ends the program.
class NamedThread {
public:
    NamedThread() = default;
    /// name: shown by debuggers and top, cut to 15 bytes.
    NamedThread(std::string name, std::function<void(std::stop_token)> body);
    NamedThread(NamedThread&&) = default;
    NamedThread& operator=(NamedThread&&) = default;

    void requestStop() noexcept { m_thread.request_stop(); }
    void join() {
        if (m_thread.joinable())
            m_thread.join();
    }
    bool joinable() const noexcept { return m_thread.joinable(); }

private:
    std::jthread m_thread;
};

} // namespace fxs
