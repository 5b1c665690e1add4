#pragma once

#include "engine/core/task.h"
#include "engine/correlate/frames_done.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"
#include "engine/preprocess/preprocess_settings.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace fxs {

/// A run's images as correlation takes them, batch by batch: read ahead by a thread of its own, then corrected, selected
/// and brought to polar images by whoever asks for the next. Reading overlaps all else; memory is bounded: at most four
/// batches of raw frames are alive.
/// Batches come in the order of the run and end at multiples of blockFrames, so that what was rejected belongs to one
/// block of the correlation.
/// Owns:    the run, the tables of its conversion and the reader's thread, which is stopped and joined.
/// Threads: next() from one thread; parallel inside. With one core allowed, frames are read in next(), without a thread.
/// Throws:  the constructor: as makePreprocessor() and Resampler; next(): Error, Stopped; what the reader met comes in its turn.
class PolarFeed {
public:
    PolarFeed(std::unique_ptr<RunSource> run, const InputSettings& input, const PreprocessSettings& preprocess,
              const PolarSettings& polar, const TaskContext& task);
    ~PolarFeed();
    PolarFeed(const PolarFeed&) = delete;
    PolarFeed& operator=(const PolarFeed&) = delete;

    /// The run as one of polar images.
    const RunInfo& info() const;
    /// What was odd in the run and its corrections so far.
    std::vector<Problem> problemsFound() const;

    /// Whoever wants to see frames as they are in the run: called in next() before they are corrected, with one of the two;
    /// must return soon.
    using Look = std::function<void(const FrameBatch& frames, const PolarBatch& images)>;
    void setLook(Look look) { m_look = std::move(look); }

    /// Begins to read at frame `first`; once.
    void start(std::uint64_t first, std::size_t blockFrames, const TaskContext& task);
    /// Begins to read these frames, in their order, of a run that can be read at random; once.
    void start(FrameRanges frames, std::size_t blockFrames, const TaskContext& task);
    /// The next images; nothing at the end of the run, or of what was read when task.finish asked to end. A batch whose
    /// frames were all rejected is one, too: it has no image, but a span.
    bool next(PolarBatch& batch, const TaskContext& task);

private:
    struct State;
    std::unique_ptr<State> m_state;
    Look m_look;
};

} // namespace fxs
