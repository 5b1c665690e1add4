#pragma once

#include "engine/backend/frame_browser.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Frames [first, end) of a run.
struct FrameRange {
    std::uint64_t first = 0, end = 0;
    std::uint64_t count() const { return end > first ? end - first : 0; }
    bool operator==(const FrameRange&) const = default;
};

/// Sum and maximum of frames, pixel by pixel, of the values that are valid (by the run's mask and the frames' own).
/// Shape: [slab][ss][fs] as frames; [1][q][phi] for runs of polar images.
struct RangeStatistics {
    std::shared_ptr<const RunInfo> run;
    FrameRange range;
    std::uint64_t frames = 0; ///< added so far, in order from the first
    bool complete = false;    ///< false: more come, or it was stopped
    Array<double, 3> sum;
    Array<float, 3> maximum; ///< NaN where no value was valid
    Array<std::uint32_t, 3> count;

    RangeStatistics clone() const;
};

/// Two numbers for every frame that tell hits from blanks, as far as they are known.
struct HitScores {
    std::shared_ptr<const RunInfo> run;
    std::uint64_t frameCount = 0;      ///< of the run
    std::uint64_t planned = 0;         ///< how many frames will be scored: all, or evenly taken ones of a huge run
    std::vector<std::uint64_t> frames; ///< those that have been, ascending
    std::vector<double> intensity;     ///< of each of them: sum of its valid values
    std::vector<std::uint32_t> lit;    ///< of each of them: valid values above litAbove
    double litAbove = 0;               ///< median + 6 sigma (from the median deviation) of the first values read
    bool complete() const { return frames.size() == planned; }
};

/// What a survey tells; called from its thread, must return at once and not throw.
struct RunSurveyEvents {
    std::function<void(std::shared_ptr<const HitScores>)> scores;           ///< at most 5 a second
    std::function<void(std::shared_ptr<const RangeStatistics>)> statistics; ///< at most 3 a second, and the last
    std::function<void(const Error&)> failed; ///< opening or reading; it goes on with the next request
};

/// Limits of the scoring: a run beyond them is sampled evenly.
struct SurveyLimits {
    std::uint64_t mostFrames = 20'000;
    std::uint64_t mostBytes = 20'000'000'000;
};

/// Looks through a whole run beside everything else: scores of its frames, from coarse to fine so that the first look spans the
/// run; and sums over ranges, which come first. It reads by itself (a source of its own).
/// Owns:    its thread and the open run.
/// Threads: calls from any thread; they never wait. Sums are parallel inside, with the same bits for any thread count.
/// Errors:  none thrown (but by the constructor, std::system_error); they arrive as events.
/// Cost:    one read of each frame scored. Destroying it waits for the frame that is being read.
class RunSurvey {
public:
    explicit RunSurvey(RunSurveyEvents events, SurveyLimits limits = {});
    RunSurvey(RunSurveyEvents events, OpenRun open, SurveyLimits limits = {});
    ~RunSurvey();

    /// Turns to another run and begins to score it. What was asked of the old one is forgotten.
    void open(std::vector<std::string> files, SettingValues input = {});
    void close();
    /// Sums these frames (cut to the run); the newest request wins. An empty range only stops the one before.
    void sum(FrameRange range);
    /// Ends the sum that runs; what it has is told, not complete.
    void stopSum();
    /// While true, scoring rests four times as long as it works: a job wants the disk.
    void setGentle(bool gentle);

private:
    struct State;
    std::shared_ptr<State> m_state;
    NamedThread m_thread;
};

} // namespace fxs
