#include "engine/backend/run_survey.h"

#include "engine/backend/deliver.h"
#include "engine/core/error.h"
#include "engine/core/give_way.h"
#include "engine/core/parallel.h"
#include "engine/io/run_reader.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBlockBytes = 8'000'000; ///< read at once: what Stop may have to wait for
constexpr std::size_t kGrain = 1 << 16;        ///< values summed as one part, whatever the number of threads
constexpr auto kScorePeriod = std::chrono::milliseconds(200), kSumPeriod = std::chrono::milliseconds(350);

/// Frames as one shape, whatever the run holds: n frames of `pixels` values with a mask each or none.
struct Block {
    PolarBatch polar;
    FrameBatch raw;
    std::size_t frames = 0, pixels = 0;

    const float* values(std::size_t frame) const {
        return (polar.frameCount() > 0 ? polar.intensity.data() : raw.data.data()) + frame * pixels;
    }
    const std::uint8_t* mask(std::size_t frame) const {
        const std::uint8_t* all = !polar.mask.empty() ? polar.mask.data()
                                  : !raw.mask.empty() ? raw.mask.data()
                                                      : nullptr;
        return all ? all + frame * pixels : nullptr;
    }
};

/// 0 ... n - 1 from coarse to fine: every 2^k-th, then those between, and so on.
std::vector<std::uint64_t> coarseToFine(std::uint64_t n) {
    std::vector<std::uint64_t> order;
    order.reserve(n);
    std::uint64_t stride = 1;
    while (stride * 32 < n)
        stride *= 2;
    for (std::uint64_t i = 0; i < n; i += stride)
        order.push_back(i);
    for (; stride > 1; stride /= 2)
        for (std::uint64_t i = stride / 2; i < n; i += stride)
            order.push_back(i);
    return order;
}

struct Score {
    double intensity = 0;
    std::uint32_t lit = 0;
};

} // namespace

RangeStatistics RangeStatistics::clone() const {
    RangeStatistics copy;
    copy.run = run;
    copy.range = range;
    copy.frames = frames;
    copy.complete = complete;
    copy.sum = sum.clone();
    copy.maximum = maximum.clone();
    copy.count = count.clone();
    return copy;
}

struct RunSurvey::State {
    struct OpenRequest {
        std::vector<std::string> files;
        SettingValues input;
    };

    RunSurveyEvents events;
    OpenRun openRun;
    SurveyLimits limits;

    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<OpenRequest> toOpen;
    std::optional<FrameRange> toSum;
    bool stopSum = false, gentle = false;

    // Used by the thread only.
    std::unique_ptr<RunSource> source;
    std::shared_ptr<const RunInfo> info;
    std::array<std::size_t, 3> shape{};
    std::size_t perBlock = 1;
    std::vector<std::uint64_t> order; ///< of blocks, or of sampled frames
    std::size_t scored = 0;           ///< of the order
    std::uint64_t stride = 1, planned = 0;
    std::vector<std::pair<std::uint64_t, Score>> scores; ///< in the order they were found
    std::optional<double> litAbove;
    Clock::time_point toldScores, toldSum;

    void run(const std::stop_token& stop) {
        TaskContext task;
        task.stop = stop;
        while (!stop.stop_requested()) {
            std::optional<OpenRequest> opening;
            std::optional<FrameRange> summing;
            {
                std::unique_lock lock(mutex);
                const auto asked = [this] { return toOpen || toSum; };
                if (scored == order.size() && !changed.wait(lock, stop, asked))
                    return;
                opening = std::exchange(toOpen, std::nullopt);
                if (!opening)
                    summing = std::exchange(toSum, std::nullopt);
                stopSum = false;
            }
            try {
                if (opening)
                    open(*opening);
                else if (summing)
                    sumFrames(*summing, task);
                else
                    scoreNext(task, stop);
            } catch (const Stopped&) {
                return;
            } catch (const Error& error) {
                fail(error, !summing);
            } catch (const std::bad_alloc&) {
                fail(Error(ErrorCode::io, "looking through the run: out of memory"), !summing);
            } catch (const std::exception& error) {
                fail(Error(ErrorCode::internal, std::string("looking through the run: ") + error.what()), !summing);
            }
        }
    }

    void fail(const Error& error, bool scoring) {
        if (scoring) // the same frame would fail again
            scored = order.size();
        deliver(events.failed, error);
    }

    void open(const OpenRequest& request) {
        source.reset();
        info.reset();
        order.clear();
        scores.clear();
        scored = 0;
        litAbove.reset();
        if (request.files.empty())
            return;
        source = openRun(request.files, request.input);
        const RunInfo& run = source->info();
        shape = run.polarGrid ? std::array<std::size_t, 3>{1, run.polarGrid->qCount(), run.polarGrid->phiCount}
                              : std::array<std::size_t, 3>{run.panels, run.slow, run.fast};
        auto copy = std::make_shared<RunInfo>();
        copy->files = run.files;
        copy->frameCount = run.frameCount;
        copy->polarGrid = run.polarGrid;
        copy->panels = run.panels;
        copy->slow = run.slow;
        copy->fast = run.fast;
        copy->polarMask = run.polarMask.clone();
        copy->frameMask = run.frameMask.clone();
        info = std::move(copy);
        plan();
    }

    void plan() {
        const std::uint64_t frames = info->frameCount.value_or(0), bytes = 4 * std::max<std::uint64_t>(1, pixels());
        perBlock = std::clamp<std::size_t>(kBlockBytes / bytes, 1, 64);
        const std::uint64_t most = std::max<std::uint64_t>(1, std::min(limits.mostFrames, limits.mostBytes / bytes));
        stride = frames > most ? (frames + most - 1) / most : 1;
        if (stride > 1) {
            planned = (frames + stride - 1) / stride;
            order = coarseToFine(planned);
        } else {
            planned = frames;
            order = coarseToFine((frames + perBlock - 1) / perBlock);
        }
        scores.reserve(planned);
        toldScores = {};
    }

    std::size_t pixels() const { return shape[0] * shape[1] * shape[2]; }
    const std::uint8_t* fixedMask() const {
        const std::uint8_t* mask = info->polarGrid ? info->polarMask.data() : info->frameMask.data();
        return (info->polarGrid ? info->polarMask.empty() : info->frameMask.empty()) ? nullptr : mask;
    }

    Block read(std::uint64_t first, std::size_t count, const TaskContext& task) {
        Block block;
        if (source->isPolar()) {
            block.polar = source->readPolar(first, count, task);
            block.frames = block.polar.frameCount();
        } else {
            block.raw = source->readFrames(first, count, task);
            block.frames = block.raw.frameCount();
        }
        block.pixels = pixels();
        return block;
    }

    // ---- scores

    void scoreNext(const TaskContext& task, const std::stop_token& stop) {
        const auto began = Clock::now();
        const std::uint64_t at = order[scored];
        const std::uint64_t first = stride > 1 ? at * stride : at * perBlock;
        const std::size_t count =
            stride > 1 ? 1 : static_cast<std::size_t>(std::min<std::uint64_t>(perBlock, *info->frameCount - first));
        const Block block = read(first, count, task);
        if (!litAbove)
            litAbove = thresholdOf(block);
        const std::vector<Score> found = score(block, task);
        for (std::size_t i = 0; i < found.size(); ++i)
            scores.emplace_back(first + i, found[i]);
        if (++scored == order.size())
            planned = scores.size(); // a run may end before its time
        if (scored == order.size() || Clock::now() - toldScores > kScorePeriod)
            tellScores();
        std::unique_lock lock(mutex);
        if (gentle)
            changed.wait_for(lock, stop, 4 * (Clock::now() - began), [this] { return toOpen || toSum || !gentle; });
    }

    double thresholdOf(const Block& block) const {
        std::vector<float> values;
        const std::uint8_t* fixed = fixedMask();
        const std::size_t step = std::max<std::size_t>(1, block.frames * block.pixels / 100'000);
        for (std::size_t i = 0; i < block.frames * block.pixels; i += step) {
            const std::size_t frame = i / block.pixels, pixel = i % block.pixels;
            const float v = block.values(frame)[pixel];
            if ((!fixed || fixed[pixel]) && (!block.mask(frame) || block.mask(frame)[pixel]) && std::isfinite(v))
                values.push_back(v);
        }
        if (values.empty())
            return 0;
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        const float median = *middle;
        for (float& v : values)
            v = std::abs(v - median);
        std::nth_element(values.begin(), middle, values.end());
        return static_cast<double>(median) + 6 * 1.4826 * static_cast<double>(*middle);
    }

    std::vector<Score> score(const Block& block, const TaskContext& task) const {
        const std::size_t parts = (block.pixels + kGrain - 1) / kGrain;
        std::vector<Score> part(block.frames * parts);
        const std::uint8_t* fixed = fixedMask();
        const auto above = static_cast<float>(*litAbove);
        parallelFor(part.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t k = range.begin(); k != range.end(); ++k) {
                const std::size_t frame = k / parts, first = k % parts * kGrain;
                const float* values = block.values(frame);
                const std::uint8_t* own = block.mask(frame);
                Score sum;
                for (std::size_t i = first; i < std::min(first + kGrain, block.pixels); ++i)
                    if ((!fixed || fixed[i]) && (!own || own[i]) && std::isfinite(values[i])) {
                        sum.intensity += static_cast<double>(values[i]);
                        sum.lit += values[i] > above;
                    }
                part[k] = sum;
            }
        });
        std::vector<Score> out(block.frames);
        for (std::size_t k = 0; k < part.size(); ++k) {
            out[k / parts].intensity += part[k].intensity;
            out[k / parts].lit += part[k].lit;
        }
        return out;
    }

    void tellScores() {
        auto told = std::make_shared<HitScores>();
        told->run = info;
        told->frameCount = *info->frameCount;
        told->planned = planned;
        told->litAbove = *litAbove;
        std::vector<std::pair<std::uint64_t, Score>> sorted = scores;
        std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [frame, score] : sorted) {
            told->frames.push_back(frame);
            told->intensity.push_back(score.intensity);
            told->lit.push_back(score.lit);
        }
        toldScores = Clock::now();
        deliver(events.scores, std::shared_ptr<const HitScores>(std::move(told)));
    }

    // ---- sums

    bool overtaken() {
        const std::lock_guard lock(mutex);
        return toOpen || toSum || stopSum;
    }

    void sumFrames(FrameRange range, const TaskContext& task) {
        if (!source || range.count() == 0)
            return;
        if (info->frameCount)
            range.end = std::min(range.end, *info->frameCount);
        RangeStatistics sums;
        sums.run = info;
        sums.range = range;
        sums.sum = Array<double, 3>(shape);
        sums.maximum = Array<float, 3>(shape);
        std::fill(sums.maximum.span().begin(), sums.maximum.span().end(), std::numeric_limits<float>::quiet_NaN());
        sums.count = Array<std::uint32_t, 3>(shape);
        toldSum = Clock::now();
        std::uint64_t next = range.first;
        while (next < range.end && !overtaken()) {
            const Block block =
                read(next, static_cast<std::size_t>(std::min<std::uint64_t>(perBlock, range.end - next)), task);
            if (block.frames == 0)
                break; // the run ends here
            add(block, sums, task);
            next += block.frames;
            sums.frames = next - range.first;
            if (next < range.end && Clock::now() - toldSum > kSumPeriod)
                tellSum(sums.clone());
        }
        sums.complete = next >= range.end;
        tellSum(std::move(sums));
    }

    void add(const Block& block, RangeStatistics& sums, const TaskContext& task) const {
        const std::uint8_t* fixed = fixedMask();
        parallelFor(block.pixels, kGrain / 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t frame = 0; frame < block.frames; ++frame) {
                const float* values = block.values(frame);
                const std::uint8_t* own = block.mask(frame);
                for (std::size_t i = range.begin(); i != range.end(); ++i) {
                    const float v = values[i];
                    if ((fixed && !fixed[i]) || (own && !own[i]) || !std::isfinite(v))
                        continue;
                    float& most = sums.maximum.data()[i];
                    sums.sum.data()[i] += static_cast<double>(v);
                    most = sums.count.data()[i] == 0 ? v : std::max(most, v);
                    ++sums.count.data()[i];
                }
            }
        });
    }

    void tellSum(RangeStatistics&& sums) {
        toldSum = Clock::now();
        deliver(events.statistics,
                std::shared_ptr<const RangeStatistics>(std::make_shared<RangeStatistics>(std::move(sums))));
    }
};

RunSurvey::RunSurvey(RunSurveyEvents events, SurveyLimits limits)
    : RunSurvey(
          std::move(events),
          [](const std::vector<std::string>& files, const SettingValues& input) {
              InputSettings settings;
              throwIfFatal(InputSettings::description().apply(settings, input));
              throwIfFatal(settings.validate());
              return openRun(files, settings);
          },
          limits) {}

RunSurvey::RunSurvey(RunSurveyEvents events, OpenRun open, SurveyLimits limits) : m_state(std::make_shared<State>()) {
    m_state->events = std::move(events);
    m_state->openRun = std::move(open);
    m_state->limits = limits;
    m_thread = NamedThread("fxs-survey", [state = m_state](std::stop_token stop) {
        const GiveWay giveWay; // it looks ahead; what somebody waits for comes first
        state->run(stop);
    });
}

RunSurvey::~RunSurvey() = default;

void RunSurvey::open(std::vector<std::string> files, SettingValues input) {
    const std::lock_guard lock(m_state->mutex);
    m_state->toOpen = State::OpenRequest{std::move(files), std::move(input)};
    m_state->toSum.reset();
    m_state->changed.notify_one();
}

void RunSurvey::close() {
    open({});
}

void RunSurvey::sum(FrameRange range) {
    const std::lock_guard lock(m_state->mutex);
    m_state->toSum = range;
    m_state->changed.notify_one();
}

void RunSurvey::stopSum() {
    const std::lock_guard lock(m_state->mutex);
    m_state->toSum.reset();
    m_state->stopSum = true;
}

void RunSurvey::setGentle(bool gentle) {
    const std::lock_guard lock(m_state->mutex);
    m_state->gentle = gentle;
    m_state->changed.notify_one();
}

} // namespace fxs
