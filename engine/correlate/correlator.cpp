#include "engine/correlate/correlator.h"

#include "engine/core/parallel.h"
#include "engine/correlate/block_accumulator.h"
#include "engine/correlate/block_difference.h"
#include "engine/correlate/frames_done.h"
#include "engine/correlate/quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace fxs {

namespace {

std::size_t components(Parity parity) {
    return parity == Parity::full ? 2 : 1;
}

MaskCorrection maskCorrection(const std::string& method) {
    return method == "fit"     ? MaskCorrection::fit
           : method == "ratio" ? MaskCorrection::ratio
                               : MaskCorrection::automatic;
}

const char* reasonFor(FrameVerdict verdict) {
    return verdict == FrameVerdict::empty ? "empty frame" : "values that are not finite";
}

} // namespace

struct Correlator::State {
    CorrelateSettings settings;
    CorrelationSums sums;
    std::unique_ptr<BlockAccumulator> accumulator;
    std::optional<BlockDifference> difference;
    bool framesMasked = false; ///< frames bring masks of their own

    // Frames of the block that is not yet whole: copies of what earlier batches brought, then frames of the present batch.
    std::vector<FrameRef> open;
    std::size_t copied = 0; ///< so many of them are copies
    Array<float, 3> copies;
    Array<std::uint8_t, 3> maskCopies;
    // What of the run the open block answers for, and what was rejected of it before it came here; counted with the block.
    std::uint64_t spanFirst = 0, spanEnd = 0;
    RejectedFrames rejected;
    mutable std::uint64_t sequence = 0;
    std::uint64_t lastIndex = 0;
    bool any = false;

    std::uint64_t block(std::uint64_t index) const { return index / static_cast<std::uint64_t>(settings.batchFrames); }
    std::size_t frameValues() const { return sums.grid.qCount() * sums.grid.phiCount; }

    void allocateSums();
    void chooseAccumulator(bool frameMasks);
    void scaleSelfTerm();
    void check(const PolarBatch& batch) const;
    void add(const PolarBatch& batch, const TaskContext& task);
    void keepOpenFrames();
    void forgetBatch() { open.resize(std::min(open.size(), copied)); }
    void openSpan(const PolarBatch& batch, const TaskContext& task);
    void closeSpan();
    void flush(const TaskContext& task);
};

void Correlator::State::allocateSums() {
    const std::size_t q = sums.grid.qCount();
    sums.sumC = Array<double, 4>({2, sums.harmonics, pairCount(q), components(sums.parity)});
    sums.sumIntensity = Array<double, 2>({2, q});
    sums.sumIntensitySquared = Array<double, 2>({2, q});
}

/// Bins that share pixels, or hold many, have other noise than bins that are pixels.
void Correlator::State::scaleSelfTerm() {
    if (sums.noiseRatio.empty())
        return;
    for (std::size_t q = 0; q < sums.selfTerm.extent(0); ++q)
        for (std::size_t m = 0; m < std::min(sums.selfTerm.extent(1), sums.noiseRatio.extent(1)); ++m)
            sums.selfTerm(q, m) *= sums.noiseRatio(q, m);
}

void Correlator::State::chooseAccumulator(bool frameMasks) {
    const BlockSettings block{static_cast<std::size_t>(settings.batchFrames), settings.doublePrecision};
    const bool flat = sums.experiment.wavelengthKnown && sums.experiment.wavelengthAngstrom == 0;
    BandLimit limit;
    if (!frameMasks) {
        limit.diameterAngstrom = settings.diameterAngstrom;
        if (settings.maxHarmonic)
            limit.maxHarmonic = static_cast<std::size_t>(*settings.maxHarmonic);
    }
    const auto rings =
        std::make_shared<const RingTransform>(sums.grid, frameMasks ? View<const std::uint8_t, 2>{} : sums.mask.view(),
                                              limit, maskCorrection(settings.maskMethod), flat);
    framesMasked = frameMasks;
    sums.harmonics = rings->harmonics();
    sums.ringCondition = rings->hasMask() ? rings->condition() : std::vector<double>{};
    const auto& carried = rings->ringHarmonics();
    const bool all = std::all_of(carried.begin(), carried.end(),
                                 [&](std::int32_t count) { return static_cast<std::size_t>(count) == sums.harmonics; });
    sums.ringHarmonics = all ? std::vector<std::int32_t>{} : carried;
    if (sums.experiment.photonsPerUnit > 0) {
        // A mask's gaps divided out leave the noise as it was: it is at Δφ = 0 only, so it stays white.
        sums.selfTerm = rings->selfTerm();
        for (double& term : sums.selfTerm.span())
            term /= sums.experiment.photonsPerUnit;
        scaleSelfTerm();
    }
    const bool ratio = frameMasks || rings->needsRatio();
    if (sums.sumC.empty() || sums.sumMaskC.empty() == ratio) {
        allocateSums();
        sums.sumMaskC = ratio ? Array<double, 4>(sums.sumC.shape()) : Array<double, 4>{};
        sums.sumMask = ratio ? Array<double, 2>({2, sums.grid.qCount()}) : Array<double, 2>{};
    }
    if (settings.difference || settings.interImage)
        difference.emplace(settings.difference ? BlockDifference::Kind::meanImage : BlockDifference::Kind::neighbours);
    accumulator = frameMasks ? makeVaryingMaskAccumulator(sums.grid, sums.parity, sums.mask.clone(), block.blockFrames)
                             : makeFixedMaskAccumulator(rings, sums.parity, block);
}

void Correlator::State::check(const PolarBatch& batch) const {
    const auto& shape = batch.intensity.shape();
    if (shape[1] != sums.grid.qCount() || shape[2] != sums.grid.phiCount)
        throw Error(ErrorCode::badInput, fmt::format("images of {} rings x {} azimuths, expected {} x {}", shape[1],
                                                     shape[2], sums.grid.qCount(), sums.grid.phiCount));
    if (!batch.mask.empty() && batch.mask.shape() != shape)
        throw Error(ErrorCode::badInput, "the masks of a batch of images have another shape than the images");
    if (!batch.indices.empty() && batch.indices.size() != shape[0])
        throw Error(ErrorCode::badInput,
                    fmt::format("a batch of {} images has {} indices", shape[0], batch.indices.size()));
    std::uint64_t last = lastIndex;
    for (std::size_t f = 0; f < shape[0]; ++f) {
        if ((any || f > 0) && batch.indexOf(f) <= last)
            throw Error(ErrorCode::badInput,
                        fmt::format("frame {} came after frame {}, expected growing indices", batch.indexOf(f), last));
        last = batch.indexOf(f);
    }
    if (!batch.mask.empty() && !framesMasked && (sums.frameCount() > 0 || !open.empty()))
        throw Error(ErrorCode::badInput,
                    "masks of single frames begin in the middle of the run, expected from its first frame on");
}

/// A batch that says what of the run it answers for, rejected frames included: its block ends with the span, not with
/// the last frame that is left.
void Correlator::State::openSpan(const PolarBatch& batch, const TaskContext& task) {
    if (batch.spanEnd == 0)
        return;
    const std::uint64_t current = !open.empty() ? open.back().index : spanFirst;
    if ((!open.empty() || spanEnd > spanFirst) && block(current) != block(batch.firstIndex))
        flush(task);
    if (spanEnd <= spanFirst)
        spanFirst = batch.firstIndex;
    spanEnd = batch.spanEnd;
    for (const auto& [reason, frames] : batch.rejected)
        rejected[reason] += frames;
}

void Correlator::State::closeSpan() {
    for (const auto& [reason, frames] : rejected)
        sums.rejected[reason] += frames;
    rejected.clear();
    if (spanEnd <= spanFirst)
        return;
    const std::uint64_t blockEnd = (block(spanFirst) + 1) * static_cast<std::uint64_t>(settings.batchFrames);
    const std::uint64_t end = std::min(spanEnd, blockEnd);
    sums.framesDone = unite(sums.framesDone, {{spanFirst, end}});
    spanFirst = end;
}

void Correlator::State::add(const PolarBatch& batch, const TaskContext& task) {
    openSpan(batch, task);
    for (std::size_t f = 0; f < batch.frameCount(); ++f) {
        const std::uint64_t index = batch.indexOf(f);
        if (!open.empty() && block(open.back().index) != block(index))
            flush(task);
        if (!isDone(sums.framesDone, index))
            open.push_back({&batch.intensity(f, 0, 0), batch.mask.empty() ? nullptr : &batch.mask(f, 0, 0), index});
        if ((index + 1) % static_cast<std::uint64_t>(settings.batchFrames) == 0)
            flush(task);
        any = true;
        lastIndex = index;
    }
    if (spanEnd > spanFirst && spanEnd % static_cast<std::uint64_t>(settings.batchFrames) == 0)
        flush(task);
}

void Correlator::State::keepOpenFrames() {
    const std::size_t values = frameValues();
    for (; copied < open.size(); ++copied) {
        FrameRef& frame = open[copied];
        if (copies.empty())
            copies = Array<float, 3>::uninitialised(
                {static_cast<std::size_t>(settings.batchFrames), sums.grid.qCount(), sums.grid.phiCount});
        std::copy_n(frame.intensity, values, &copies(copied, 0, 0));
        frame.intensity = &copies(copied, 0, 0);
        if (!frame.mask)
            continue;
        if (maskCopies.empty())
            maskCopies = Array<std::uint8_t, 3>::uninitialised(copies.shape());
        std::copy_n(frame.mask, values, &maskCopies(copied, 0, 0));
        frame.mask = &maskCopies(copied, 0, 0);
    }
}

void Correlator::State::flush(const TaskContext& task) {
    if (open.empty()) {
        closeSpan();
        return;
    }
    task.checkpoint();
    std::vector<FrameRef> frames = open;
    std::uint64_t alone = 0;
    if (difference) {
        const auto isAlone = difference->apply(frames, sums.mask.view(), sums.grid.qCount(), sums.grid.phiCount, task);
        for (std::size_t f = frames.size(); f-- > 0;)
            if (isAlone[f]) {
                frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(f));
                ++alone;
            }
    }
    const auto verdicts = frames.empty() ? std::vector<FrameVerdict>{} : accumulator->add(frames, sums, task);
    for (const FrameVerdict verdict : verdicts)
        if (verdict != FrameVerdict::used)
            ++sums.rejected[reasonFor(verdict)];
    if (alone > 0)
        sums.rejected["no other frame in its block to compare with"] += alone;
    for (const FrameRef& frame : open)
        markDone(sums.framesDone, frame.index);
    open.clear();
    copied = 0;
    closeSpan();
}

Correlator::Correlator(const CorrelateSettings& settings, const PolarGrid& grid, const Experiment& experiment,
                       View<const std::uint8_t, 2> mask, View<const double, 2> noiseRatio, const BinAverage& binAverage)
    : m_state(std::make_unique<State>()) {
    throwIfFatal(settings.validate());
    throwIfFatal(grid.check());
    State& s = *m_state;
    s.settings = settings;
    s.sums.grid = grid;
    s.sums.parity = settings.parityValue();
    s.sums.experiment = experiment;
    if (settings.particlesPerShot) {
        s.sums.experiment.particlesPerShot = *settings.particlesPerShot;
        s.sums.experiment.particlesKnown = true;
    }
    s.sums.binAverage = binAverage.clone();
    if (!noiseRatio.empty()) {
        if (noiseRatio.extent(0) != grid.qCount())
            throw Error(ErrorCode::badInput, fmt::format("the noise ratio is of {} rings, expected {}",
                                                         noiseRatio.extent(0), grid.qCount()));
        s.sums.noiseRatio = Array<double, 2>({noiseRatio.extent(0), noiseRatio.extent(1)});
        std::copy_n(noiseRatio.data(), noiseRatio.size(), s.sums.noiseRatio.data());
    }
    if (!mask.empty()) {
        if (mask.extent(0) != grid.qCount() || mask.extent(1) != grid.phiCount)
            throw Error(ErrorCode::badInput, fmt::format("the mask has {} x {} values, expected {} rings x {} azimuths",
                                                         mask.extent(0), mask.extent(1), grid.qCount(), grid.phiCount));
        s.sums.mask = Array<std::uint8_t, 2>({grid.qCount(), grid.phiCount});
        bool all = true, none = true;
        for (std::size_t q = 0; q < grid.qCount(); ++q)
            for (std::size_t k = 0; k < grid.phiCount; ++k) {
                s.sums.mask(q, k) = mask(q, k) != 0;
                (mask(q, k) ? none : all) = false;
            }
        if (none)
            throw Error(ErrorCode::badInput, "the mask leaves no valid bin on any ring");
        if (all)
            s.sums.mask = {};
    }
    s.chooseAccumulator(false);
}

Correlator::Correlator(const CorrelateSettings& settings, CorrelationSums resumed)
    : m_state(std::make_unique<State>()) {
    throwIfFatal(settings.validate());
    State& s = *m_state;
    s.settings = settings;
    s.sums = std::move(resumed);
    const std::size_t harmonics = s.sums.harmonics;
    if (s.sums.parity != settings.parityValue())
        throw Error(ErrorCode::badSettings,
                    "the earlier correlation was made with another parity; resume with the same");
    const bool ratio = !s.sums.sumMaskC.empty();
    const auto ringHarmonics = s.sums.ringHarmonics;
    // A ratio without condition numbers of rings comes of masks that differ from frame to frame, not of a fixed one.
    s.chooseAccumulator(ratio && s.sums.ringCondition.empty());
    if (s.sums.sumMaskC.empty() == ratio || s.sums.ringHarmonics != ringHarmonics)
        throw Error(
            ErrorCode::badSettings,
            "the earlier correlation treats its rings in another way; resume with the same mask-method, diameter and "
            "max-harmonic");
    if (s.sums.harmonics != harmonics)
        throw Error(ErrorCode::badSettings, fmt::format("the earlier correlation has {} harmonics, these settings give "
                                                        "{}; resume with the same diameter and max-harmonic",
                                                        harmonics, s.sums.harmonics));
}

Correlator::~Correlator() = default;
Correlator::Correlator(Correlator&&) noexcept = default;
Correlator& Correlator::operator=(Correlator&&) noexcept = default;

void Correlator::accumulate(const PolarBatch& batch, const TaskContext& task) {
    State& s = *m_state;
    s.check(batch);
    if (!batch.mask.empty() && !s.framesMasked)
        s.chooseAccumulator(true);
    try {
        s.add(batch, task);
    } catch (...) {
        s.forgetBatch();
        throw;
    }
    s.keepOpenFrames();
}

void Correlator::reject(const std::string& reason, std::uint64_t frames) {
    if (frames > 0)
        m_state->sums.rejected[reason] += frames;
}

void Correlator::finish(const TaskContext& task) {
    m_state->flush(task);
}

const CorrelationSums& Correlator::sums() const {
    return m_state->sums;
}

const AccumulationTimes& Correlator::times() const {
    return m_state->accumulator->times();
}

std::shared_ptr<const CorrelationSnapshot> Correlator::snapshot() const {
    return makeSnapshot(clone(m_state->sums), ++m_state->sequence);
}

CorrelationSums Correlator::takeSums() && {
    return std::move(m_state->sums);
}

std::shared_ptr<const CorrelationSnapshot> makeSnapshot(CorrelationSums sums, std::uint64_t sequence) {
    auto snapshot = std::make_shared<CorrelationSnapshot>();
    snapshot->halfSetPerRing = halfSetPerRing(sums);
    snapshot->halfSetPerHarmonic = halfSetPerHarmonic(sums);
    snapshot->imaginaryFraction = imaginaryFraction(sums);
    snapshot->sums = std::make_shared<const CorrelationSums>(std::move(sums));
    snapshot->sequence = sequence;
    return snapshot;
}

} // namespace fxs
