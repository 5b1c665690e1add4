#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace fxs {

/// One place for the newest value: putting replaces what was not taken. A slow taker never blocks or delays a putter.
/// Threads: put() and take() from any thread.
template <class T>
class Mailbox {
public:
    /// Returns true if the box was empty: the taker must be woken. False: it was already woken and will find the newer
    /// value.
    bool put(std::shared_ptr<const T> value) {
        std::shared_ptr<const T> old; // destroyed after the lock is released: it may be large
        const std::lock_guard lock(m_mutex);
        old = std::exchange(m_value, std::move(value));
        return old == nullptr;
    }

    /// The newest value, or null; the box is empty afterwards.
    std::shared_ptr<const T> take() {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_value, nullptr);
    }

    bool isEmpty() const {
        const std::lock_guard lock(m_mutex);
        return m_value == nullptr;
    }

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const T> m_value;
};

} // namespace fxs
