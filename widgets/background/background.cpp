#include "widgets/background/background.h"

#include <utility>

namespace fxs::ui {

void InlineBackground::run(Work work) {
    if (const auto show = work())
        show();
}

void LatestWork::submit(Background::Work work) {
    if (m_state->running)
        m_state->waiting = std::move(work);
    else
        start(m_background, m_state, std::move(work));
}

void LatestWork::start(Background& background, const std::shared_ptr<State>& state, Background::Work work) {
    state->running = true;
    background.run([&background, state, work = std::move(work)]() -> std::function<void()> {
        auto show = work();
        return [&background, state, show = std::move(show)] {
            state->running = false;
            if (!state->alive)
                return;
            // What was overtaken while it ran is still shown: a picture that is a moment old is better than none while requests keep coming.
            if (show)
                show();
            if (auto next = std::exchange(state->waiting, nullptr))
                start(background, state, std::move(next));
        };
    });
}

} // namespace fxs::ui
