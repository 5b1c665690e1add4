#include "engine/correlate/correlator.h"

#include "engine/core/parallel.h"
#include "engine/correlate/block_accumulator.h"
#include "engine/correlate/frames_done.h"
#include "engine/correlate/quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace fxs {

namespace {

/// Above this a ring's fit is refused and the ratio of sums serves the run (engine/polar/ring_transform.cpp has the same bound).
bool everyRingFits(const std::vector<double>& condition, View<const std::uint8_t, 2> mask) {
    for (std::size_t q = 0; q < condition.size(); ++q) {
        const std::uint8_t* row = &mask(q, 0);
        const bool measured = std::any_of(row, row + mask.extent(1), [](std::uint8_t v) { return v != 0; });
        if (measured && !std::isfinite(condition[q]))
            return false;
    }
    return true;
}

std::size_t components(Parity parity) {
    return parity == Parity::full ? 2 : 1;
}

/// True if all that counts in the frame is finite and something is there.
const char* reasonToReject(const FrameRef& frame, std::size_t values) {
    double sum = 0, magnitude = 0;
    for (std::size_t i = 0; i < values; ++i) {
        sum += static_cast<double>(frame.intensity[i]);
        magnitude += std::abs(static_cast<double>(frame.intensity[i]));
    }
    if (!std::isfinite(sum))
        return "values that are not finite";
    return magnitude == 0 ? "empty frame" : nullptr;
}

} // namespace

struct Correlator::State {
    CorrelateSettings settings;
    CorrelationSums sums;
    std::unique_ptr<BlockAccumulator> accumulator;
    bool ratio = false;

    // Frames of the block that is not yet whole, copied because the caller's batch ends before it does.
    Array<float, 3> pending;
    Array<std::uint8_t, 3> pendingMask;
    std::vector<std::uint64_t> pendingIndex;
    std::uint64_t sequence = 0;
    std::uint64_t lastIndex = 0;
    bool any = false;

    std::uint64_t block(std::uint64_t index) const { return index / static_cast<std::uint64_t>(settings.batchFrames); }
    std::size_t frameValues() const { return sums.grid.qCount() * sums.grid.phiCount; }

    void allocateSums();
    void chooseAccumulator(bool frameMasks);
    void push(const PolarBatch& batch, std::size_t frame);
    void flush(const TaskContext& task);
};

void Correlator::State::allocateSums() {
    const std::size_t q = sums.grid.qCount();
    sums.sumC = Array<double, 4>({2, sums.harmonics, pairCount(q), components(sums.parity)});
    sums.sumIntensity = Array<double, 2>({2, q});
    sums.sumIntensitySquared = Array<double, 2>({2, q});
}

void Correlator::State::chooseAccumulator(bool frameMasks) {
    const std::size_t block = static_cast<std::size_t>(settings.batchFrames);
    const RingBand band = RingBand::of(sums.grid, settings.diameterAngstrom.value_or(0),
                                       static_cast<std::size_t>(settings.maxHarmonic.value_or(0)));
    ratio = frameMasks || (!sums.mask.empty() && settings.maskMethod == "ratio");
    if (!ratio) {
        RingTransform<double> exact(sums.grid, band, sums.mask);
        if (!sums.mask.empty() && settings.maskMethod == "auto" && !everyRingFits(exact.condition(), sums.mask)) {
            ratio = true;
        } else {
            sums.harmonics = exact.band().harmonics;
            sums.ringCondition = exact.condition();
            sums.ringHarmonics = exact.ringHarmonics();
            if (sums.experiment.photonsPerUnit > 0) {
                sums.selfTerm = exact.noiseGain();
                for (double& gain : sums.selfTerm.span())
                    gain /= sums.experiment.photonsPerUnit;
            }
            if (sums.sumC.empty())
                allocateSums();
            accumulator = settings.doublePrecision
                              ? makeFitAccumulator(sums, std::move(exact), block)
                              : makeFitAccumulator(sums, RingTransform<float>(sums.grid, band, sums.mask), block);
            return;
        }
    }
    sums.harmonics = sums.grid.phiCount / 2 + 1;
    sums.ringCondition.clear();
    sums.ringHarmonics.clear();
    if (sums.experiment.photonsPerUnit > 0) {
        // A Δφ bin's noise is at Δφ = 0 only, so after division by the mask's correlation it is white again, over fewer bins.
        sums.selfTerm = Array<double, 2>({sums.grid.qCount(), sums.harmonics});
        std::fill_n(sums.selfTerm.data(), sums.selfTerm.size(),
                    1.0 / (static_cast<double>(sums.grid.phiCount) * sums.experiment.photonsPerUnit));
    }
    if (sums.sumC.empty() || sums.sumMaskC.empty()) {
        allocateSums();
        sums.sumMaskC = Array<double, 4>(sums.sumC.shape());
        sums.sumMask = Array<double, 2>({2, sums.grid.qCount()});
    }
    accumulator = makeRatioAccumulator(sums, sums.mask.clone(), block);
}

void Correlator::State::push(const PolarBatch& batch, std::size_t frame) {
    const std::size_t slot = pendingIndex.size(), values = frameValues();
    if (pending.empty())
        pending = Array<float, 3>::uninitialised(
            {static_cast<std::size_t>(settings.batchFrames), sums.grid.qCount(), sums.grid.phiCount});
    std::copy_n(&batch.intensity(frame, 0, 0), values, &pending(slot, 0, 0));
    if (!batch.mask.empty()) {
        if (pendingMask.empty())
            pendingMask = Array<std::uint8_t, 3>::uninitialised(pending.shape());
        std::copy_n(&batch.mask(frame, 0, 0), values, &pendingMask(slot, 0, 0));
    }
    pendingIndex.push_back(batch.indexOf(frame));
}

void Correlator::State::flush(const TaskContext& task) {
    if (pendingIndex.empty())
        return;
    std::vector<FrameRef> all(pendingIndex.size());
    std::vector<const char*> reasons(all.size(), nullptr);
    parallelFor(all.size(), 8, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t f = range.begin(); f != range.end(); ++f) {
            all[f] = {&pending(f, 0, 0), pendingMask.empty() ? nullptr : &pendingMask(f, 0, 0), pendingIndex[f]};
            reasons[f] = reasonToReject(all[f], frameValues());
        }
    });
    std::vector<FrameRef> good;
    for (std::size_t f = 0; f < all.size(); ++f)
        if (!reasons[f])
            good.push_back(all[f]);
    accumulator->add(good, sums, task);
    for (std::size_t f = 0; f < all.size(); ++f) {
        if (reasons[f])
            ++sums.rejected[reasons[f]];
        markDone(sums.framesDone, pendingIndex[f]);
    }
    pendingIndex.clear();
}

Correlator::Correlator(const CorrelateSettings& settings, const PolarGrid& grid, const Experiment& experiment,
                       View<const std::uint8_t, 2> mask)
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
    s.chooseAccumulator(!s.sums.sumMaskC.empty());
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
    const auto& shape = batch.intensity.shape();
    if (shape[1] != s.sums.grid.qCount() || shape[2] != s.sums.grid.phiCount)
        throw Error(ErrorCode::badInput, fmt::format("images of {} rings x {} azimuths, expected {} x {}", shape[1],
                                                     shape[2], s.sums.grid.qCount(), s.sums.grid.phiCount));
    if (!batch.mask.empty() && batch.mask.shape() != shape)
        throw Error(ErrorCode::badInput, "the masks of a batch of images have another shape than the images");
    std::uint64_t last = s.lastIndex;
    for (std::size_t f = 0; f < shape[0]; ++f) {
        if ((s.any || f > 0) && batch.indexOf(f) <= last)
            throw Error(ErrorCode::badInput,
                        fmt::format("frame {} came after frame {}, expected growing indices", batch.indexOf(f), last));
        last = batch.indexOf(f);
    }
    if (!batch.mask.empty() && !s.ratio) {
        if (s.sums.frameCount() > 0 || !s.pendingIndex.empty())
            throw Error(ErrorCode::badInput,
                        "masks of single frames begin in the middle of the run, expected from its first frame on");
        s.sums.sumC = {};
        s.chooseAccumulator(true);
    }
    for (std::size_t f = 0; f < shape[0]; ++f) {
        const std::uint64_t index = batch.indexOf(f);
        if (!s.pendingIndex.empty() && s.block(s.pendingIndex.back()) != s.block(index))
            s.flush(task);
        s.any = true;
        s.lastIndex = index;
        if (isDone(s.sums.framesDone, index))
            continue;
        s.push(batch, f);
        if ((index + 1) % static_cast<std::uint64_t>(s.settings.batchFrames) == 0)
            s.flush(task);
    }
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
