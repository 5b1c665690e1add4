#include "engine/backend/polar_feed.h"

#include "engine/core/parallel.h"
#include "engine/core/thread.h"
#include "engine/io/run_geometry.h"
#include "engine/polar/frame_converter.h"
#include "engine/polar/polar_source.h"
#include "engine/preprocess/frame_expression.h"
#include "engine/preprocess/make_preprocessor.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace fxs {

namespace {

/// What the reader hands over: frames or images as they are in the run, or why there are no more.
struct Piece {
    FrameBatch frames;
    PolarBatch images;
    std::exception_ptr failure;
    std::uint64_t first = 0;
    std::size_t count = 0; ///< 0: the end
};

/// Leaves the images that are used, in their order, and lets the batch answer for all that were read.
void keepOnly(PolarBatch& batch, const std::vector<std::uint8_t>& use) {
    const std::uint64_t end = batch.end();
    std::vector<std::uint64_t> indices;
    std::vector<FrameColumn> columns = batch.columns;
    for (FrameColumn& column : columns) {
        column.numbers.clear();
        column.texts.clear();
    }
    const auto& shape = batch.intensity.shape();
    const std::size_t values = shape[1] * shape[2];
    std::size_t kept = 0;
    for (std::size_t f = 0; f < use.size(); ++f) {
        if (!use[f])
            continue;
        indices.push_back(batch.indexOf(f));
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (!batch.columns[c].numbers.empty())
                columns[c].numbers.push_back(batch.columns[c].numbers[f]);
            if (!batch.columns[c].texts.empty())
                columns[c].texts.push_back(batch.columns[c].texts[f]);
        }
        if (kept != f) {
            std::copy_n(batch.intensity.data() + f * values, values, batch.intensity.data() + kept * values);
            if (!batch.mask.empty())
                std::copy_n(batch.mask.data() + f * values, values, batch.mask.data() + kept * values);
        }
        ++kept;
    }
    const auto cut = [&](auto& array) {
        auto shorter = std::remove_reference_t<decltype(array)>::uninitialised({kept, shape[1], shape[2]});
        std::copy_n(array.data(), kept * values, shorter.data());
        return shorter;
    };
    auto intensity = cut(batch.intensity);
    if (!batch.mask.empty())
        batch.mask = cut(batch.mask);
    batch.intensity = std::move(intensity);
    batch.indices = std::move(indices);
    batch.columns = std::move(columns);
    batch.spanEnd = end;
}

void requireNoPixelSteps(const PreprocessSettings& settings) {
    const PreprocessSettings none;
    std::string given;
    for (const SettingInfo& info : PreprocessSettings::description().infos()) {
        if (info.group == "Selection" || info.advanced)
            continue;
        const auto values = PreprocessSettings::description().values(settings);
        if (values.at(info.key) != PreprocessSettings::description().values(none).at(info.key))
            given += (given.empty() ? "" : ", ") + info.key;
    }
    if (!given.empty())
        throw Error(ErrorCode::badSettings,
                    fmt::format("the run holds polar images already; {} are for detector frames", given));
}

} // namespace

struct PolarFeed::State {
    std::unique_ptr<RunSource> run;            ///< of frames, or of polar images
    std::unique_ptr<FrameConverter> converter; ///< null for polar images
    std::optional<FrameExpression> selection;

    std::uint64_t position = 0; ///< the frame that is read next
    FrameRanges todo;           ///< what is read, from its back: [first, last) ranges that fall
    std::size_t blockFrames = 512, batchFrames = 1;

    std::optional<Piece> surveyed; ///< of a live run: read already

    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<Piece> waiting;
    NamedThread reader; ///< last: it is joined before what it uses goes

    std::size_t framesABatch() const;
    std::vector<std::uint8_t> selected(const Piece& piece) const;
    bool goToNext();
    Piece read(const TaskContext& task);
    void readAhead(const std::stop_token& stop, const TaskContext& task);
    Piece take(const TaskContext& task);
    void surveyFirstFrames(Preprocessor& preprocessor, std::size_t count, const TaskContext& task);
};

/// A live run does not go back: its first frames stand for it, and are used as any others afterwards.
void PolarFeed::State::surveyFirstFrames(Preprocessor& preprocessor, std::size_t count, const TaskContext& task) {
    Piece piece;
    constexpr std::size_t kMost = 64;
    do {
        task.checkpoint();
        piece.frames = run->readFrames(0, std::min(count, kMost), task);
        piece.count = piece.frames.frameCount();
    } while (piece.count == 0 && run->mayGrow() && !task.finishRequested());
    piece.first = piece.frames.firstIndex;
    if (piece.count == 0)
        return;
    preprocessor.survey(piece.frames, task);
    position = piece.first + piece.count;
    surveyed = std::move(piece);
}

/// One flag a frame; empty: all are used.
std::vector<std::uint8_t> PolarFeed::State::selected(const Piece& piece) const {
    std::vector<std::uint8_t> use;
    if (!selection)
        return use;
    const FrameValues values(converter ? piece.frames.columns : piece.images.columns, piece.first,
                             converter ? nullptr : &piece.images.indices);
    for (std::size_t f = 0; f < piece.count; ++f)
        use.push_back(selection->isTrue(values, f));
    return use;
}

/// Large enough to keep the reader streaming and every core busy with a group of eight frames, small enough that the
/// few batches alive are no burden for any size of frame.
std::size_t PolarFeed::State::framesABatch() const {
    const RunInfo& info = run->info();
    const std::size_t values =
        info.polarGrid ? info.polarGrid->qCount() * info.polarGrid->phiCount : info.panels * info.slow * info.fast;
    const std::size_t usual =
        std::clamp<std::size_t>((std::size_t{4} << 20) / std::max<std::size_t>(1, values), 1, 512);
    if (info.polarGrid)
        return usual;
    constexpr std::size_t kLanes = TileBinning::kLanes, kMostValues = std::size_t{128} << 20;
    const std::size_t wanted = std::max(usual, kLanes * static_cast<std::size_t>(std::max(1, activeThreadCount())));
    const std::size_t most = std::max<std::size_t>(1, kMostValues / std::max<std::size_t>(1, values));
    return most < kLanes ? most : std::min(wanted, most) / kLanes * kLanes;
}

/// False: nothing more is wanted.
bool PolarFeed::State::goToNext() {
    while (!todo.empty() && todo.back().second <= position)
        todo.pop_back();
    if (!todo.empty())
        position = std::max(position, todo.back().first);
    return !todo.empty();
}

Piece PolarFeed::State::read(const TaskContext& task) {
    Piece piece;
    piece.first = position;
    const std::uint64_t frames = run->info().frameCount.value_or(std::numeric_limits<std::uint64_t>::max());
    while (!task.finishRequested() && goToNext() && position < frames) {
        task.checkpoint();
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(
            {batchFrames, blockFrames - position % blockFrames, todo.back().second - position}));
        const bool mayGrow = run->mayGrow();
        if (converter) {
            piece.frames = run->readFrames(position, count, task);
            piece.first = piece.frames.firstIndex;
            piece.count = piece.frames.frameCount();
        } else {
            piece.images = run->readPolar(position, count, task);
            piece.first = piece.images.firstIndex;
            piece.count = piece.images.frameCount();
        }
        if (piece.count == 0 && mayGrow)
            continue;
        position = std::max(position, piece.first + piece.count);
        break;
    }
    return piece;
}

void PolarFeed::State::readAhead(const std::stop_token& stop, const TaskContext& task) {
    constexpr std::size_t kWaiting = 2; // beside one that is read and one that is converted
    bool ended = false;
    while (!ended && !stop.stop_requested()) {
        Piece piece;
        try {
            piece = read(task);
        } catch (...) {
            piece = {};
            piece.failure = std::current_exception();
        }
        ended = piece.failure || piece.count == 0;
        std::unique_lock lock(mutex);
        if (!changed.wait(lock, stop, [&] { return waiting.size() < kWaiting; }))
            return;
        waiting.push_back(std::move(piece));
        changed.notify_all();
    }
}

Piece PolarFeed::State::take(const TaskContext& task) {
    if (surveyed)
        return *std::exchange(surveyed, std::nullopt);
    if (!reader.joinable())
        return read(task);
    std::unique_lock lock(mutex);
    if (!changed.wait(lock, task.stop, [&] { return !waiting.empty(); }))
        throw Stopped();
    Piece piece = std::move(waiting.front());
    if (piece.failure) {
        waiting.front() = {}; // whoever asks again is told that there is no more
        std::rethrow_exception(piece.failure);
    }
    if (piece.count > 0)
        waiting.pop_front();
    changed.notify_all();
    return piece;
}

PolarFeed::PolarFeed(std::unique_ptr<RunSource> run, const InputSettings& input, const PreprocessSettings& preprocess,
                     const PolarSettings& polar, const TaskContext& task)
    : m_state(std::make_unique<State>()) {
    State& s = *m_state;
    throwIfFatal(preprocess.validate());
    throwIfFatal(polar.validate());
    std::vector<std::string> columns;
    if (!preprocess.groupBy.empty())
        columns = FrameGrouping(preprocess.groupBy).columns();
    if (!preprocess.select.empty()) {
        s.selection.emplace(preprocess.select);
        for (const std::string& name : s.selection->columns())
            if (std::ranges::find(columns, name) == columns.end())
                columns.push_back(name);
    }
    if (!columns.empty())
        run->wantColumns(columns);
    if (run->isPolar()) {
        requireNoPixelSteps(preprocess);
        s.run = makePolarSource(std::move(run), input, polar, task);
        return;
    }
    s.run = std::move(run);
    const DetectorGeometry geometry = geometryOf(s.run->info(), input);
    s.run->allowRaw16();
    auto preprocessor = makePreprocessor(preprocess, input, *s.run, &geometry, task);
    if (!preprocessor->isSurveyed() && preprocess.needsSurvey())
        s.surveyFirstFrames(*preprocessor, static_cast<std::size_t>(preprocess.surveyFrames), task);
    s.converter = std::make_unique<FrameConverter>(std::move(preprocessor), geometry, polar, s.run->info(), task);
}

PolarFeed::~PolarFeed() {
    m_state->reader.requestStop();
    m_state->reader.join();
}

const RunInfo& PolarFeed::info() const {
    return m_state->converter ? m_state->converter->info() : m_state->run->info();
}

std::vector<Problem> PolarFeed::problemsFound() const {
    std::vector<Problem> problems = m_state->run->problemsFound();
    if (m_state->converter)
        std::ranges::move(m_state->converter->preprocessor().problems(), std::back_inserter(problems));
    return problems;
}

void PolarFeed::start(std::uint64_t first, std::size_t blockFrames, const TaskContext& task) {
    start(FrameRanges{{first, std::numeric_limits<std::uint64_t>::max()}}, blockFrames, task);
}

void PolarFeed::start(FrameRanges frames, std::size_t blockFrames, const TaskContext& task) {
    State& s = *m_state;
    s.todo.assign(frames.rbegin(), frames.rend());
    s.blockFrames = std::max<std::size_t>(1, blockFrames);
    s.batchFrames = std::min(s.framesABatch(), s.blockFrames);
    if (activeThreadCount() < 2)
        return;
    TaskContext reading;
    reading.finish = task.finish;
    s.reader = NamedThread("fxs-reader", [&s, reading, outer = task.stop](const std::stop_token& stop) {
        // Stopped by the task or by the feed's end: reading looks at one token.
        std::stop_source either;
        const std::stop_callback byTask(outer, [&] { either.request_stop(); });
        const std::stop_callback byOwner(stop, [&] { either.request_stop(); });
        TaskContext own = reading;
        own.stop = either.get_token();
        s.readAhead(own.stop, own);
    });
}

bool PolarFeed::next(PolarBatch& batch, const TaskContext& task) {
    batch = {};
    Piece piece = m_state->take(task);
    if (piece.count == 0)
        return false;
    if (m_look)
        m_look(piece.frames, piece.images);
    const std::vector<std::uint8_t> use = m_state->selected(piece);
    if (m_state->converter) {
        batch = m_state->converter->convert(std::move(piece.frames), task, use);
    } else {
        batch = std::move(piece.images);
        if (!use.empty())
            keepOnly(batch, use);
    }
    if (const auto left = std::ranges::count(use, 0); left > 0)
        batch.rejected["not selected"] += static_cast<std::uint64_t>(left);
    return true;
}

} // namespace fxs
