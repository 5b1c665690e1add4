#pragma once

namespace fxs {

/// Calls an event's listener, if there is one. Events are promised not to throw; one that does must end neither the thread that
/// tells it nor the events after it.
template <class Function, class... Arguments>
void deliver(const Function& event, const Arguments&... arguments) noexcept {
    if (!event)
        return;
    try {
        event(arguments...);
    } catch (...) {
    }
}

} // namespace fxs
