#include "engine/backend/live_preview.h"

#include "engine/backend/deliver.h"
#include "engine/core/error.h"
#include "engine/io/hdf5.h"
#include "engine/io/run_reader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>

namespace fxs {

namespace {

using namespace std::chrono_literals;

/// Between two pictures.
constexpr auto kPeriod = 250ms;

void pause(const TaskContext& task, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, task.stop, time, [] { return false; });
}

/// The file of all that was named, folders looked into, whose name comes last: writers number them.
std::optional<std::string> newestFile(const std::vector<std::string>& paths) {
    std::optional<std::string> newest;
    const auto take = [&](const std::string& path) {
        if (!newest || path > *newest)
            newest = path;
    };
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (!std::filesystem::is_directory(path, ignored)) {
            take(path);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(path, ignored))
            if (entry.is_regular_file(ignored) && h5::File::isHdf5(entry.path().string()))
                take(entry.path().string());
    }
    return newest;
}

std::size_t readOne(RunSource& run, std::uint64_t index, BrowsedFrame& frame, const TaskContext& task) {
    if (run.isPolar()) {
        frame.polar = run.readPolar(index, 1, task);
        frame.index = frame.polar.firstIndex;
        return frame.polar.frameCount();
    }
    frame.raw = run.readFrames(index, 1, task);
    frame.index = frame.raw.firstIndex;
    return frame.raw.frameCount();
}

} // namespace

struct LivePreview::State {
    std::vector<std::string> inputs;
    StreamSettings stream;
    InputSettings input;
    LivePreviewEvents events;

    std::string lastProblem;
    std::shared_ptr<const RunInfo> info;

    void tellOpened(const RunInfo& run) {
        lastProblem.clear();
        info = std::make_shared<const RunInfo>(run.clone());
        deliver(events.opened, info);
    }

    void watchStream(const TaskContext& task) {
        StreamSettings looking = stream;
        // Only the newest is worth showing; what a run ends with is a matter of its analysis.
        looking.queue = 1;
        looking.full = "drop-oldest";
        looking.frames = 0;
        looking.seconds = looking.idle = 0;
        LiveRun run(inputs.front(), looking, input, task);
        tellOpened(run.info());
        for (;;) {
            task.checkpoint();
            auto frame = std::make_shared<BrowsedFrame>();
            frame->run = info;
            if (readOne(run, 0, *frame, task) > 0)
                deliver(events.frame, std::shared_ptr<const BrowsedFrame>(std::move(frame)));
            run.skipRest();
            deliver(events.status, run.status());
            pause(task, kPeriod);
        }
    }

    void watchFiles(const TaskContext& task) {
        std::string shownPath;
        std::uint64_t shownCount = 0;
        for (;; pause(task, 4 * kPeriod)) {
            task.checkpoint();
            const auto path = newestFile(inputs);
            if (!path)
                throw Error(ErrorCode::notFound, "no HDF5 file is in " + inputs.front() + " yet");
            const auto run = openRun({*path}, input);
            const std::uint64_t count = run->info().frameCount.value_or(0);
            if (count == 0 || (*path == shownPath && count == shownCount))
                continue;
            if (!info) {
                RunInfo described = run->info().clone();
                described.files = inputs;
                described.growing = true;
                described.layout += ", growing";
                described.frameCount.reset();
                tellOpened(described);
            }
            auto frame = std::make_shared<BrowsedFrame>();
            frame->run = info;
            if (readOne(*run, count - 1, *frame, task) > 0)
                deliver(events.frame, std::shared_ptr<const BrowsedFrame>(std::move(frame)));
            shownPath = *path;
            shownCount = count;
        }
    }

    /// Once a reason: whoever waits for a sender wants to know why, not how often.
    void fail(const Error& error) {
        if (error.message() == lastProblem)
            return;
        lastProblem = error.message();
        deliver(events.failed, error);
    }

    void run(const std::stop_token& stop) {
        TaskContext task;
        task.stop = stop;
        while (!stop.stop_requested()) {
            try {
                if (isStreamAddress(inputs.front()))
                    watchStream(task);
                else
                    watchFiles(task);
            } catch (const Stopped&) {
                return;
            } catch (const Error& error) {
                fail(error);
                if (error.code() == ErrorCode::badSettings)
                    return; // trying again changes nothing
            } catch (const std::exception& error) {
                fail(Error(ErrorCode::internal, std::string("looking at the stream: ") + error.what()));
            }
            pause(task, 4 * kPeriod);
        }
    }
};

LivePreview::LivePreview(std::vector<std::string> inputs, StreamSettings stream, InputSettings input,
                         LivePreviewEvents events)
    : m_state(std::make_shared<State>()) {
    m_state->inputs = std::move(inputs);
    m_state->stream = std::move(stream);
    m_state->input = std::move(input);
    m_state->events = std::move(events);
    m_thread = NamedThread("fxs-preview", [state = m_state](const std::stop_token& stop) { state->run(stop); });
}

LivePreview::~LivePreview() = default;

} // namespace fxs
