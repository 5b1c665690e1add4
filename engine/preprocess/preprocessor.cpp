#include "engine/preprocess/preprocessor.h"

#include "engine/core/parallel.h"
#include "engine/detector/mask.h"
#include "engine/math/robust.h"
#include "engine/preprocess/pixel_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fxs {

/// One frame under way.
struct Preprocessor::Work {
    const FrameBatch& batch;
    std::size_t frame;
    float* values;                     ///< [pixel]
    std::vector<std::uint8_t> valid{}; ///< [pixel]: the fixed mask without what is bad in this frame
    bool anyBad = false;
    const char* reason = nullptr; ///< why the frame is not used
};

Preprocessor::Preprocessor(const PreprocessSettings& settings, PreprocessInput input, const RunInfo& run,
                           const TaskContext& task)
    : m_settings(settings), m_calibration(std::move(input.calibration)), m_shape{run.panels, run.slow, run.fast},
      m_saturation(input.saturation) {
    throwIfFatal(settings.validate());
    m_mask = Array<std::uint8_t, 3>::uninitialised(m_shape);
    std::ranges::fill(m_mask.span(), std::uint8_t{1});
    const auto apply = [&](const Array<std::uint8_t, 3>& mask) {
        requireMaskFits(mask.view(), m_shape[0], m_shape[1], m_shape[2]);
        for (std::size_t i = 0; i < mask.size(); ++i)
            m_mask.data()[i] &= static_cast<std::uint8_t>(mask.data()[i] != 0);
    };
    apply(run.frameMask);
    apply(m_calibration.mask);
    if (!input.background.empty()) {
        if (input.background.shape() != m_shape)
            throw Error(ErrorCode::badInput,
                        fmt::format("the background is {} x {} x {}, expected {} x {} x {} (panel x slow x fast)",
                                    input.background.extent(0), input.background.extent(1), input.background.extent(2),
                                    m_shape[0], m_shape[1], m_shape[2]));
        m_background.assign(input.background.data(), input.background.data() + input.background.size());
        for (std::size_t i = 0; i < m_background.size(); ++i)
            if (!std::isfinite(m_background[i]))
                m_background[i] = m_mask.data()[i] = 0;
    }
    buildCorrection();
    if (m_mask.empty() || std::ranges::find(m_mask.span(), 1) == m_mask.span().end())
        throw Error(ErrorCode::badInput,
                    "mask, dark and gain together leave no valid pixel; fxs calibrate and the window's mask show them");
    m_commonMode = std::make_unique<CommonMode>(settings, m_shape);
    m_meter = std::make_unique<FrameMeter>(settings, input.geometry, m_mask.view(), task);
}

void Preprocessor::buildCorrection() {
    m_correction = std::make_unique<PixelCorrection>(m_settings, m_calibration, m_mask, m_saturation, m_problems);
}

std::vector<Problem> Preprocessor::problems() const {
    return m_problems;
}

void Preprocessor::requireShape(const FrameBatch& batch) const {
    const auto& shape = batch.raw16.empty() ? batch.data.shape() : batch.raw16.shape();
    if (batch.frameCount() > 0 && (shape[1] != m_shape[0] || shape[2] != m_shape[1] || shape[3] != m_shape[2]))
        throw Error(ErrorCode::badInput,
                    fmt::format("frames from {} on are {} x {} x {} (panel x slow x fast), expected {} x {} x {}",
                                batch.firstIndex, shape[1], shape[2], shape[3], m_shape[0], m_shape[1], m_shape[2]));
}

// --- one frame -------------------------------------------------------------------------------------------------------

void Preprocessor::show(Stages* stages, const char* name, const Work& work, std::string note) const {
    if (!stages)
        return;
    PreprocessStage stage{name, Array<float, 3>::uninitialised(m_shape), std::move(note)};
    for (std::size_t i = 0; i < m_correction->pixels(); ++i)
        stage.frame.data()[i] = work.valid[i] ? work.values[i] : 0.0F;
    stages->push_back(std::move(stage));
}

/// Dark, common mode, gain, thresholds, photons: the frame as a picture of intensities, and which pixels are good.
void Preprocessor::readPixels(Work& work, Stages* stages) const {
    const std::size_t pixels = m_correction->pixels();
    work.valid.assign(m_mask.data(), m_mask.data() + pixels);
    if (!work.batch.mask.empty()) {
        const std::uint8_t* own = work.batch.mask.data() + work.frame * pixels;
        for (std::size_t i = 0; i < pixels; ++i) {
            work.anyBad |= work.valid[i] && !own[i];
            work.valid[i] &= static_cast<std::uint8_t>(own[i] != 0);
        }
    }
    const auto forTiles = [&](auto body) {
        for (std::size_t first = 0; first < pixels; first += PixelCorrection::kTile)
            body(first, std::min(PixelCorrection::kTile, pixels - first));
    };
    if (!m_commonMode->isOn() && !stages) {
        forTiles([&](std::size_t first, std::size_t n) {
            // Both parts while the tile is in the first cache.
            const bool dark = m_correction->subtractDark(work.batch, work.frame, first, n, work.values + first,
                                                         work.valid.data() + first);
            const bool rest =
                m_correction->finish(work.batch, work.frame, first, n, work.values + first, work.valid.data() + first);
            work.anyBad |= !dark || !rest;
        });
        return;
    }
    forTiles([&](std::size_t first, std::size_t n) {
        work.anyBad |= !m_correction->subtractDark(work.batch, work.frame, first, n, work.values + first,
                                                   work.valid.data() + first);
    });
    show(stages, "dark", work);
    if (m_commonMode->isOn()) {
        m_commonMode->subtract(work.values, work.valid.data());
        show(stages, "common mode", work);
    }
    forTiles([&](std::size_t first, std::size_t n) {
        work.anyBad |=
            !m_correction->finish(work.batch, work.frame, first, n, work.values + first, work.valid.data() + first);
    });
    show(stages, m_settings.aduPerPhoton ? "gain, thresholds, photons" : "gain, thresholds", work);
}

void Preprocessor::correct(Work& work, Stages* stages) const {
    readPixels(work, stages);
    if (work.anyBad && m_settings.badPixels == "reject") {
        work.reason = "saturated or bad pixels";
        return;
    }
    if (m_settings.jets == "none")
        return;
    const std::size_t streaks = m_meter->findJets(work.values, work.valid.data());
    work.anyBad |= streaks > 0;
    if (streaks > 0 && m_settings.jets == "reject")
        work.reason = "jet streak";
    show(stages, "jet streaks", work, fmt::format("{} sectors", streaks));
}

bool Preprocessor::passes(Work& work, const FrameMeasures& m) const {
    const auto& s = m_settings;
    if (s.minLitPixels && m.litPixels < static_cast<std::uint64_t>(*s.minLitPixels))
        work.reason = "too few lit pixels";
    else if (s.maxLitPixels && m.litPixels > static_cast<std::uint64_t>(*s.maxLitPixels))
        work.reason = "too many lit pixels";
    else if (s.minIntensity && !(m.meanIntensity >= *s.minIntensity))
        work.reason = "too weak";
    else if (s.maxIntensity && !(m.meanIntensity <= *s.maxIntensity))
        work.reason = "too bright";
    return !work.reason;
}

bool Preprocessor::passesSurvey(Work& work, const FrameMeasures& m) const {
    const auto& s = m_settings;
    if (s.outlierSigma && std::abs(m.meanIntensity - m_medianIntensity) > *s.outlierSigma * m_sigmaIntensity)
        work.reason = "intensity outlier";
    else if (s.saxsCorrelation && !(m_meter->profileCorrelation(m.profile, m_meanProfile) >= *s.saxsCorrelation))
        work.reason = "SAXS shape";
    return !work.reason;
}

/// What the frame is divided by, before it is brought to the run's.
double Preprocessor::scaleOf(const Work& work) const {
    if (m_settings.normalise == "pulse-energy")
        return work.frame < work.batch.pulseEnergy.size() ? work.batch.pulseEnergy[work.frame] : 0.0;
    return m_settings.normalise == "q-range" ? m_meter->meanInRange(work.values, work.valid.data())
                                             : m_meter->meanOfAll(work.values, work.valid.data());
}

void Preprocessor::scale(Work& work, Stages* stages) const {
    const std::size_t pixels = m_correction->pixels();
    if (!m_background.empty()) {
        const auto factor = static_cast<float>(
            m_settings.backgroundScale ? *m_settings.backgroundScale
                                       : m_meter->fittedScale(work.values, m_background.data(), work.valid.data()));
        subtractScaled(work.values, m_background.data(), factor, 1.0F, pixels);
        show(stages, "background", work, fmt::format("scale {:.4g}", factor));
    }
    if (m_settings.normalise == "none")
        return;
    const double found = scaleOf(work);
    if (!std::isfinite(found) || found <= 0) {
        work.reason = m_settings.normalise == "pulse-energy" ? "no pulse energy" : "nothing to normalise to";
        return;
    }
    if (m_reference <= 0) // while the survey itself finds the reference
        return;
    const auto factor = static_cast<float>(m_reference / found);
    for (std::size_t i = 0; i < pixels; ++i)
        work.values[i] *= factor;
    show(stages, "normalised", work, fmt::format("factor {:.4g}", factor));
}

void Preprocessor::process(Work& work, Stages* stages) const {
    correct(work, stages);
    if (!work.reason && m_settings.findsHits()) {
        const FrameMeasures measures = m_meter->measure(work.values, work.valid.data());
        if (passes(work, measures))
            passesSurvey(work, measures);
    }
    if (!work.reason)
        scale(work, stages);
}

bool Preprocessor::correctTile(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                               float* out) const {
    const bool good = m_correction->correct(batch, frame, first, count, out);
    if (!m_background.empty())
        subtractScaled(out, m_background.data() + first, static_cast<float>(m_settings.backgroundScale.value_or(1)),
                       1.0F, count);
    return good;
}

// --- a batch ---------------------------------------------------------------------------------------------------------

ProcessedFrames Preprocessor::process(FrameBatch& batch, const TaskContext& task) const {
    std::vector<std::size_t> all(batch.frameCount());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return process(batch, all, task);
}

ProcessedFrames Preprocessor::process(FrameBatch& batch, const std::vector<std::size_t>& frames,
                                      const TaskContext& task) const {
    requireShape(batch);
    const std::size_t pixels = m_correction->pixels();
    Array<float, 4> out;
    if (!batch.raw16.empty())
        out = Array<float, 4>::uninitialised(batch.raw16.shape());
    float* const values = batch.raw16.empty() ? batch.data.data() : out.data();
    std::vector<const char*> reasons(frames.size(), nullptr);
    std::vector<std::vector<std::uint8_t>> masks(frames.size());
    parallelFor(frames.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
            if (task.stop.stop_requested())
                return;
            Work work{batch, frames[i], values + frames[i] * pixels};
            process(work, nullptr);
            reasons[i] = work.reason;
            if (work.anyBad && !work.reason)
                masks[i] = std::move(work.valid);
        }
    });
    if (!batch.raw16.empty()) {
        batch.data = std::move(out);
        batch.raw16 = {};
    }
    ProcessedFrames result;
    batch.mask = {};
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (reasons[i]) {
            ++result.rejected[reasons[i]];
            continue;
        }
        result.kept.push_back(frames[i]);
        result.ownMask.push_back(!masks[i].empty());
        if (masks[i].empty())
            continue;
        if (batch.mask.empty()) {
            batch.mask = Array<std::uint8_t, 4>::uninitialised(batch.data.shape());
            std::ranges::fill(batch.mask.span(), std::uint8_t{1});
        }
        std::ranges::copy(masks[i], batch.mask.data() + frames[i] * pixels);
    }
    return result;
}

std::vector<PreprocessStage> Preprocessor::explain(const FrameBatch& frame, const TaskContext& task) const {
    task.checkpoint();
    requireShape(frame);
    if (frame.frameCount() != 1)
        throw Error(ErrorCode::badInput,
                    fmt::format("{} frames are to be explained, expected one", frame.frameCount()));
    Stages stages;
    auto values = Array<float, 3>::uninitialised(m_shape);
    const std::size_t pixels = m_correction->pixels();
    for (std::size_t i = 0; i < pixels; ++i)
        values.data()[i] = frame.raw16.empty() ? frame.data.data()[i] : static_cast<float>(frame.raw16.data()[i]);
    Work work{frame, 0, values.data()};
    work.valid.assign(pixels, 1);
    show(&stages, "raw", work);
    process(work, &stages);
    show(&stages, work.reason ? "not used" : "result", work, work.reason ? work.reason : "");
    return stages;
}

// --- the survey ------------------------------------------------------------------------------------------------------

void Preprocessor::maskBad(const std::vector<std::uint16_t>& timesBad, std::size_t frames) {
    const std::size_t from = m_settings.badPixels == "run" ? 1 : frames;
    std::size_t lost = 0;
    for (std::size_t i = 0; i < timesBad.size(); ++i)
        if (timesBad[i] >= from && m_mask.data()[i]) {
            m_mask.data()[i] = 0;
            ++lost;
        }
    if (lost == 0)
        return;
    if (std::ranges::find(m_mask.span(), 1) == m_mask.span().end())
        throw Error(ErrorCode::badInput, fmt::format("every pixel is saturated or bad in {} of the {} surveyed frames; "
                                                     "check saturation and max-value",
                                                     from == 1 ? std::string("some") : "all", frames));
    m_problems.push_back({"bad-pixels",
                          fmt::format("{} pixels are saturated or bad in {} of {} surveyed frames; they are masked",
                                      lost, from == 1 ? "some" : "all", frames),
                          false});
    buildCorrection();
}

void Preprocessor::takeReferences(const std::vector<FrameMeasures>& measures, const std::vector<double>& scales) {
    if (measures.empty())
        throw Error(ErrorCode::badInput,
                    "no surveyed frame passes the limits of lit pixels and intensity, so there is nothing to compare "
                    "with; widen them or raise survey-frames");
    std::vector<double> intensities;
    for (const FrameMeasures& m : measures)
        intensities.push_back(m.meanIntensity);
    m_medianIntensity = medianOf(intensities);
    m_sigmaIntensity = robustSigma(intensities, m_medianIntensity);
    m_meanProfile.assign(measures.front().profile.size(), 0.0);
    for (const FrameMeasures& m : measures)
        for (std::size_t k = 0; k < m.profile.size(); ++k)
            m_meanProfile[k] += static_cast<double>(m.profile[k]) / static_cast<double>(measures.size());
    if (m_settings.normalise == "none")
        return;
    if (scales.empty())
        throw Error(ErrorCode::badInput, m_settings.normalise == "pulse-energy"
                                             ? "normalise is pulse-energy, but no surveyed frame has one"
                                             : "no surveyed frame has an intensity to normalise to");
    m_reference = std::accumulate(scales.begin(), scales.end(), 0.0) / static_cast<double>(scales.size());
}

template <class Read>
void Preprocessor::surveyFrames(std::size_t count, Read read, const TaskContext& task) {
    const std::size_t pixels = m_correction->pixels();
    std::vector<float> values(pixels);
    const auto forFrames = [&](bool all, auto body) {
        // Three frames tell pixels that are always bad; references want all.
        for (std::size_t i = 0; i < count; ++i)
            if (all || i == 0 || i == count / 2 || i + 1 == count) {
                task.checkpoint();
                read(i, body);
            }
    };
    std::vector<std::uint16_t> timesBad(pixels, 0);
    std::size_t looked = 0;
    forFrames(m_settings.badPixels == "run", [&](const FrameBatch& batch, std::size_t frame) {
        Work work{batch, frame, values.data()};
        readPixels(work, nullptr);
        ++looked;
        for (std::size_t i = 0; i < pixels && work.anyBad; ++i)
            timesBad[i] += static_cast<std::uint16_t>(work.valid[i] == 0);
    });
    maskBad(timesBad, looked);
    m_surveyed = true;
    if (!m_settings.saxsCorrelation && !m_settings.outlierSigma && m_settings.normalise == "none")
        return;
    std::vector<FrameMeasures> measures;
    std::vector<double> scales;
    forFrames(true, [&](const FrameBatch& batch, std::size_t frame) {
        Work work{batch, frame, values.data()};
        correct(work, nullptr);
        if (work.reason)
            return;
        FrameMeasures found = m_meter->measure(work.values, work.valid.data());
        if (!passes(work, found))
            return;
        measures.push_back(std::move(found));
        scale(work, nullptr);
        if (m_settings.normalise != "none" && !work.reason)
            scales.push_back(scaleOf(work));
    });
    takeReferences(measures, scales);
}

void Preprocessor::survey(RunSource& run, const TaskContext& task) {
    const std::uint64_t frames = run.info().frameCount.value_or(0);
    if (frames == 0)
        return;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(frames, static_cast<std::uint64_t>(m_settings.surveyFrames)));
    surveyFrames(
        count,
        [&](std::size_t i, auto body) {
            const std::uint64_t index = count < 2 ? 0 : i * (frames - 1) / (count - 1);
            const FrameBatch frame = run.readFrames(index, 1, task);
            requireShape(frame);
            if (frame.frameCount() == 1)
                body(frame, 0);
        },
        task);
}

void Preprocessor::survey(const FrameBatch& frames, const TaskContext& task) {
    requireShape(frames);
    surveyFrames(
        frames.frameCount(), [&](std::size_t i, auto body) { body(frames, i); }, task);
}

} // namespace fxs
