#include "engine/backend/accumulation.h"

#include "engine/backend/correlate_stage.h"
#include "engine/io/correlation_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace fxs {

namespace {

bool isThere(const std::string& path) {
    std::error_code error;
    return !path.empty() && std::filesystem::exists(path, error);
}

/// What a new correlator needs of a run, kept after the run's description is gone.
struct RunKind {
    PolarGrid grid;
    Experiment experiment;
    Array<std::uint8_t, 2> mask;
    Array<double, 2> noiseRatio;
    BinAverage binAverage;
};

} // namespace

Accumulation::Accumulation(Settings settings, const RunInfo& run) : m_settings(std::move(settings)) {
    const bool resume = !m_settings.resumeFrom.empty();
    if (m_settings.groupBy.empty()) {
        m_single.emplace(resume ? goOn(m_settings.resumeFrom, readBack(m_settings.resumeFrom, run)) : begin(run));
        return;
    }
    m_grouping.emplace(m_settings.groupBy);
    const auto kind = std::make_shared<const RunKind>(
        RunKind{*run.polarGrid, run.experiment, run.polarMask.clone(), run.noiseRatio.clone(), run.binAverage.clone()});
    const auto make = [this, kind](const std::string& label) {
        requireFree(label);
        return Correlator(m_settings.correlate, kind->grid, kind->experiment, kind->mask.view(),
                          kind->noiseRatio.view(), kind->binAverage);
    };
    m_groups.emplace(make, blockFrames());
    if (resume)
        resumeLabels(run);
}

Correlator Accumulation::begin(const RunInfo& run) const {
    return Correlator(m_settings.correlate, *run.polarGrid, run.experiment, run.polarMask.view(), run.noiseRatio.view(),
                      run.binAverage);
}

CorrelationSums Accumulation::readBack(const std::string& path, const RunInfo& run) const {
    return withContext("going on from " + path, [&] {
        CorrelationSums sums = readCorrelation(path);
        const PolarGrid& grid = *run.polarGrid;
        if (!(sums.grid == grid))
            throw Error(
                ErrorCode::badInput,
                fmt::format(
                    "it has {} rings of {} azimuths, the run and its settings give {} of {}, or other q; --force "
                    "without --resume begins anew",
                    sums.grid.qCount(), sums.grid.phiCount, grid.qCount(), grid.phiCount));
        return sums;
    });
}

Correlator Accumulation::goOn(const std::string& path, CorrelationSums sums) const {
    return withContext("going on from " + path, [&] { return Correlator(m_settings.correlate, std::move(sums)); });
}

void Accumulation::resumeLabels(const RunInfo& run) {
    const std::filesystem::path path(m_settings.resumeFrom);
    const std::string begins = path.stem().string() + ".", ends = path.extension().string();
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::absolute(path).parent_path())) {
        const std::string name = entry.path().filename().string();
        if (name.size() > begins.size() + ends.size() && name.starts_with(begins) && name.ends_with(ends))
            files.push_back(entry.path().string());
    }
    std::ranges::sort(files);
    for (const std::string& file : files) {
        CorrelationSums sums = readBack(file, run);
        const std::string label = sums.label;
        if (!label.empty())
            m_groups->add(label, goOn(file, std::move(sums)));
    }
    const CorrelationSums total = readBack(m_settings.resumeFrom, run);
    if (m_groups->labels().empty() || m_groups->frameCount() != total.frameCount())
        throw Error(ErrorCode::badInput,
                    fmt::format("{} holds {} frames, the files of its labels beside it hold {}; a grouped correlation "
                                "goes on only where all are there",
                                m_settings.resumeFrom, total.frameCount(), m_groups->frameCount()));
    m_groups->resume(total);
}

void Accumulation::requireFree(const std::string& label) const {
    const std::string path = labelPath(m_settings.path, label);
    if (!m_settings.mayReplace && isThere(path))
        throw Error(ErrorCode::exists, fmt::format("{} is already there; --force overwrites it", path));
    for (const auto& [other, unused] : m_groups->labels())
        if (!path.empty() && labelPath(m_settings.path, other) == path)
            throw Error(ErrorCode::badInput,
                        fmt::format("the labels \"{}\" and \"{}\" give the same file {}", other, label, path));
}

FrameRanges Accumulation::framesDone() const {
    return m_single ? m_single->sums().framesDone : m_groups->framesDone();
}

void Accumulation::accumulate(const PolarBatch& batch, const TaskContext& task) {
    if (m_single)
        return m_single->accumulate(batch, task);
    const FrameValues values(batch.columns, batch.firstIndex, &batch.indices);
    std::vector<std::string> labels(batch.frameCount());
    for (std::size_t f = 0; f < labels.size(); ++f)
        labels[f] = m_grouping->label(values, f);
    m_groups->accumulate(batch, labels, task);
}

void Accumulation::finish(const TaskContext& task) {
    m_single ? m_single->finish(task) : m_groups->finish(task);
}

std::uint64_t Accumulation::frameCount() const {
    return m_single ? m_single->sums().frameCount() : m_groups->frameCount();
}

CorrelationSet Accumulation::set() const {
    CorrelationSet set;
    if (m_single) {
        set.total = clone(m_single->sums());
        set.rejected = set.total->rejected;
        return set;
    }
    for (const auto& [label, correlator] : m_groups->labels()) {
        set.labels.push_back(clone(correlator.sums()));
        set.labels.back().label = label;
    }
    set.total = totalOf(set.labels, m_groups->rejected(), m_groups->framesDone());
    set.rejected = set.total ? set.total->rejected : m_groups->rejected();
    return set;
}

Accumulation::Parts Accumulation::parts() const {
    Parts parts;
    if (m_single) {
        parts.sums.emplace_back("", &m_single->sums());
        return parts;
    }
    parts.grouped = true;
    for (const auto& [label, correlator] : m_groups->labels())
        parts.sums.emplace_back(label, &correlator.sums());
    parts.rejected = m_groups->rejected();
    parts.done = m_groups->framesDone();
    return parts;
}

} // namespace fxs
