#include "engine/backend/frame_browser.h"

#include "engine/backend/deliver.h"
#include "engine/core/error.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace fxs {

namespace {

struct OpenRequest {
    std::vector<std::string> files; ///< empty: let go of the run
    SettingValues input;
};

} // namespace

struct FrameBrowser::State {
    FrameBrowserEvents events;
    OpenRun openRun;

    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<OpenRequest> toOpen;
    std::optional<std::uint64_t> toShow;

    // Used by the thread only.
    std::unique_ptr<RunSource> source;
    std::shared_ptr<const RunInfo> info;

    void run(const std::stop_token& stop) {
        for (;;) {
            std::optional<OpenRequest> opening;
            std::optional<std::uint64_t> showing;
            {
                std::unique_lock lock(mutex);
                if (!changed.wait(lock, stop, [this] { return toOpen || toShow; }))
                    return;
                opening = std::exchange(toOpen, std::nullopt);
                // A frame is read only when no other run waits to be opened, and then is the newest that was asked for.
                if (!opening)
                    showing = std::exchange(toShow, std::nullopt);
            }
            TaskContext task;
            task.stop = stop;
            try {
                if (opening)
                    open(*opening);
                else if (showing)
                    show(*showing, task);
            } catch (const Stopped&) {
                return;
            } catch (const Error& error) {
                deliver(events.failed, error);
            } catch (const std::bad_alloc&) {
                deliver(events.failed, Error(ErrorCode::io, "looking at the run: out of memory"));
            } catch (const std::exception& error) {
                deliver(events.failed, Error(ErrorCode::internal, std::string("looking at the run: ") + error.what()));
            }
        }
    }

    void open(const OpenRequest& request) {
        source.reset();
        info.reset();
        if (request.files.empty())
            return;
        source = openRun(request.files, request.input);
        info = std::make_shared<const RunInfo>(source->info().clone());
        deliver(events.opened, info);
    }

    void show(std::uint64_t index, const TaskContext& task) {
        if (!source)
            return; // opening failed and was told, or the run was closed
        auto frame = std::make_shared<BrowsedFrame>();
        frame->index = index;
        frame->run = info;
        if (info->frameCount && index >= *info->frameCount)
            throw Error(ErrorCode::notFound,
                        fmt::format("frame {} of {}: the run has {} frames, 0 to {}", index, nameOfRun(),
                                    *info->frameCount, *info->frameCount - (*info->frameCount > 0)));
        std::size_t count = 0;
        if (source->isPolar()) {
            frame->polar = source->readPolar(index, 1, task);
            count = frame->polar.frameCount();
        } else {
            frame->raw = source->readFrames(index, 1, task);
            count = frame->raw.frameCount();
        }
        if (count != 1)
            throw Error(ErrorCode::notFound, fmt::format("frame {} of {}: the run ends before it", index, nameOfRun()));
        deliver(events.frame, std::shared_ptr<const BrowsedFrame>(std::move(frame)));
    }

    std::string nameOfRun() const { return info->files.empty() ? "the run" : info->files.front(); }
};

FrameBrowser::FrameBrowser(FrameBrowserEvents events)
    : FrameBrowser(std::move(events), [](const std::vector<std::string>& files, const SettingValues& input) {
          InputSettings settings;
          throwIfFatal(InputSettings::description().apply(settings, input));
          throwIfFatal(settings.validate());
          return openRun(files, settings);
      }) {}

FrameBrowser::FrameBrowser(FrameBrowserEvents events, OpenRun open) : m_state(std::make_shared<State>()) {
    m_state->events = std::move(events);
    m_state->openRun = std::move(open);
    m_thread = NamedThread("fxs-browser", [state = m_state](std::stop_token stop) { state->run(stop); });
}

FrameBrowser::~FrameBrowser() = default;

void FrameBrowser::open(std::vector<std::string> files, SettingValues input) {
    const std::lock_guard lock(m_state->mutex);
    m_state->toOpen = OpenRequest{std::move(files), std::move(input)};
    m_state->toShow.reset();
    m_state->changed.notify_one();
}

void FrameBrowser::show(std::uint64_t index) {
    const std::lock_guard lock(m_state->mutex);
    m_state->toShow = index;
    m_state->changed.notify_one();
}

void FrameBrowser::close() {
    open({});
}

} // namespace fxs
