#pragma once

#include <functional>
#include <memory>

namespace fxs::ui {

/// Work away from the GUI thread. Views ask for pictures through it; who runs it (a thread of the app's, or the caller itself in
/// tests) is not theirs to know.
class Background {
public:
    /// Runs anywhere; what it returns runs on the GUI thread afterwards. An empty function: nothing to do.
    using Work = std::function<std::function<void()>()>;

    virtual ~Background() = default;
    /// GUI thread. Work is run in the order given. Never waits.
    virtual void run(Work work) = 0;
};

/// Runs work at once, on the calling thread: for tests and for pictures made without a window.
class InlineBackground : public Background {
public:
    void run(Work work) override;
};

/// A queue of at most one piece of work that waits behind the one that runs: the newest request wins, results of older ones that
/// arrive late are not shown. One for each picture of a view.
/// Threads: GUI thread. Destroying it drops what is still to come.
class LatestWork {
public:
    explicit LatestWork(Background& background) : m_background(background), m_state(std::make_shared<State>()) {}
    ~LatestWork() { m_state->alive = false; }
    LatestWork(const LatestWork&) = delete;
    LatestWork& operator=(const LatestWork&) = delete;

    void submit(Background::Work work);
    bool isBusy() const { return m_state->running; }
    Background& background() const { return m_background; }

private:
    struct State {
        bool alive = true, running = false;
        Background::Work waiting;
    };
    static void start(Background& background, const std::shared_ptr<State>& state, Background::Work work);

    Background& m_background;
    std::shared_ptr<State> m_state;
};

} // namespace fxs::ui
