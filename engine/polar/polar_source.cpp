#include "engine/polar/polar_source.h"

#include "engine/io/run_geometry.h"
#include "engine/polar/resampler.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

namespace {

/// What stays true of a run when its images change shape.
RunInfo describe(const RunInfo& run) {
    RunInfo out = run.clone();
    out.polarGrid.reset();
    out.panels = out.slow = out.fast = 0;
    out.polarMask = {};
    out.frameMask = {};
    out.noiseRatio = {};
    out.binAverage = {};
    return out;
}

class ResampledRun : public RunSource {
public:
    ResampledRun(std::unique_ptr<RunSource> run, const DetectorGeometry& geometry, const PolarSettings& polar,
                 const TaskContext& task)
        : m_run(std::move(run)),
          m_resampler(geometry, m_run->info().frameMask.view(),
                      polarGridFor(polar, geometry, m_run->info().frameMask.view(), task), polar, task),
          m_info(describe(m_run->info())) {
        m_resampler.describe(m_info);
        m_info.experiment.wavelengthAngstrom = geometry.wavelengthAngstrom;
        m_info.experiment.wavelengthKnown = true;
    }

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override { return m_run->problemsFound(); }
    bool mayGrow() const override { return m_run->mayGrow(); }
    void wantColumns(const std::vector<std::string>& names) override { m_run->wantColumns(names); }
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        return m_resampler.resample(m_run->readFrames(first, count, task), task);
    }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        return m_run->readFrames(first, count, task);
    }

private:
    std::unique_ptr<RunSource> m_run;
    Resampler m_resampler;
    RunInfo m_info;
};

/// Rings [first, first + count) of a polar run.
class CutRun : public RunSource {
public:
    CutRun(std::unique_ptr<RunSource> run, std::size_t first, std::size_t count)
        : m_run(std::move(run)), m_first(first), m_count(count), m_info(describe(m_run->info())) {
        const RunInfo& whole = m_run->info();
        const auto begin = whole.polarGrid->q.begin() + static_cast<std::ptrdiff_t>(first);
        m_info.polarGrid = PolarGrid{{begin, begin + static_cast<std::ptrdiff_t>(count)}, whole.polarGrid->phiCount};
        if (!whole.polarMask.empty()) {
            m_info.polarMask = Array<std::uint8_t, 2>::uninitialised({count, whole.polarGrid->phiCount});
            std::copy_n(whole.polarMask[first].data(), m_info.polarMask.size(), m_info.polarMask.data());
        }
        if (!whole.binAverage.empty()) {
            const auto part = [&](const std::vector<double>& all) {
                const auto from = all.begin() + static_cast<std::ptrdiff_t>(first);
                return std::vector<double>(from, from + static_cast<std::ptrdiff_t>(count));
            };
            BinAverage& cut = m_info.binAverage;
            cut = {Array<double, 2>::uninitialised({count, whole.binAverage.transfer.extent(1)}),
                   part(whole.binAverage.shift), part(whole.binAverage.spread)};
            std::copy_n(whole.binAverage.transfer[first].data(), cut.transfer.size(), cut.transfer.data());
        }
        if (!whole.noiseRatio.empty()) {
            m_info.noiseRatio = Array<double, 2>::uninitialised({count, whole.noiseRatio.extent(1)});
            std::copy_n(whole.noiseRatio[first].data(), m_info.noiseRatio.size(), m_info.noiseRatio.data());
        }
    }

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override { return m_run->problemsFound(); }
    bool mayGrow() const override { return m_run->mayGrow(); }
    void wantColumns(const std::vector<std::string>& names) override { m_run->wantColumns(names); }
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        const PolarBatch whole = m_run->readPolar(first, count, task);
        PolarBatch batch;
        batch.firstIndex = whole.firstIndex;
        batch.indices = whole.indices;
        batch.columns = whole.columns;
        batch.rejected = whole.rejected;
        batch.spanEnd = whole.spanEnd;
        batch.intensity = cut(whole.intensity);
        if (!whole.mask.empty())
            batch.mask = cut(whole.mask);
        return batch;
    }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        return m_run->readFrames(first, count, task);
    }

private:
    template <class T>
    Array<T, 3> cut(const Array<T, 3>& whole) const {
        auto out = Array<T, 3>::uninitialised({whole.extent(0), m_count, whole.extent(2)});
        for (std::size_t f = 0; f < whole.extent(0); ++f)
            std::copy_n(whole[f][m_first].data(), m_count * whole.extent(2), out[f].data());
        return out;
    }

    std::unique_ptr<RunSource> m_run;
    std::size_t m_first, m_count;
    RunInfo m_info;
};

} // namespace

std::unique_ptr<RunSource> makePolarSource(std::unique_ptr<RunSource> run, const InputSettings& input,
                                           const PolarSettings& polar, const TaskContext& task) {
    throwIfFatal(polar.validate());
    if (!run->isPolar()) {
        const DetectorGeometry geometry = geometryOf(run->info(), input);
        return std::make_unique<ResampledRun>(std::move(run), geometry, polar, task);
    }
    const auto& q = run->info().polarGrid->q;
    // A ring belongs to the range if its centre does.
    const auto first = std::ranges::lower_bound(q, polar.qMin.value_or(0.0));
    const auto last = polar.qMax ? std::ranges::upper_bound(q, *polar.qMax) : q.end();
    if (first >= last)
        throw Error(ErrorCode::badSettings,
                    fmt::format("no ring lies between q-min and q-max ({} to {} 1/Å); the run has {:.6g} to {:.6g}",
                                polar.qMin.value_or(0.0), polar.qMax.value_or(q.back()), q.front(), q.back()));
    if (first == q.begin() && last == q.end())
        return run;
    const auto begin = static_cast<std::size_t>(first - q.begin()), count = static_cast<std::size_t>(last - first);
    return std::make_unique<CutRun>(std::move(run), begin, count);
}

} // namespace fxs
