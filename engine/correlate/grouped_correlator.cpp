#include "engine/correlate/grouped_correlator.h"

#include "engine/correlate/frames_done.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

namespace {

/// The frames of a batch that are in one group.
PolarBatch partOf(const PolarBatch& batch, const std::vector<std::size_t>& frames) {
    PolarBatch part;
    part.firstIndex = batch.firstIndex;
    auto shape = batch.intensity.shape();
    const std::size_t values = shape[1] * shape[2];
    shape[0] = frames.size();
    part.intensity = Array<float, 3>::uninitialised(shape);
    if (!batch.mask.empty())
        part.mask = Array<std::uint8_t, 3>::uninitialised(shape);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        part.indices.push_back(batch.indexOf(frames[i]));
        std::copy_n(batch.intensity.data() + frames[i] * values, values, part.intensity.data() + i * values);
        if (!batch.mask.empty())
            std::copy_n(batch.mask.data() + frames[i] * values, values, part.mask.data() + i * values);
    }
    return part;
}

} // namespace

GroupedCorrelator::GroupedCorrelator(Make make, std::size_t blockFrames, std::size_t mostLabels)
    : m_make(std::move(make)), m_blockFrames(std::max<std::size_t>(1, blockFrames)), m_mostLabels(mostLabels) {}

void GroupedCorrelator::resume(const CorrelationSums& total) {
    m_rejected = total.rejected;
    // A label's own rejections (empty frames) come with it.
    for (const auto& [label, correlator] : m_labels)
        for (const auto& [reason, frames] : correlator.sums().rejected)
            m_rejected[reason] -= std::min(frames, m_rejected[reason]);
    m_done = total.framesDone;
}

void GroupedCorrelator::add(const std::string& label, Correlator correlator) {
    m_labels.insert_or_assign(label, std::move(correlator));
}

Correlator& GroupedCorrelator::correlator(const std::string& label) {
    if (const auto it = m_labels.find(label); it != m_labels.end())
        return it->second;
    if (m_labels.size() >= m_mostLabels) {
        std::string some;
        std::size_t named = 0;
        for (const auto& [known, unused] : m_labels)
            if (++named <= 5)
                some += (some.empty() ? "" : ", ") + known;
        throw Error(ErrorCode::badSettings,
                    fmt::format("the frames have more than {} labels ({}, ...); group-by COLUMN:WIDTH makes bins of a "
                                "number",
                                m_mostLabels, some));
    }
    return m_labels.emplace(label, m_make(label)).first->second;
}

void GroupedCorrelator::flush(const TaskContext& task) {
    for (auto& [label, correlator] : m_labels)
        correlator.finish(task);
    for (const auto& [reason, frames] : m_pendingRejected)
        m_rejected[reason] += frames;
    m_pendingRejected.clear();
    if (m_spanEnd > m_spanFirst)
        m_done = unite(m_done, {{m_spanFirst, m_spanEnd}});
    m_spanFirst = m_spanEnd;
}

void GroupedCorrelator::accumulate(const PolarBatch& batch, const std::vector<std::string>& labels,
                                   const TaskContext& task) {
    if (labels.size() != batch.frameCount())
        throw Error(ErrorCode::internal, fmt::format("{} labels for {} images", labels.size(), batch.frameCount()));
    if (m_spanEnd > m_spanFirst && batch.firstIndex / m_blockFrames != m_spanFirst / m_blockFrames)
        flush(task);
    if (m_spanEnd <= m_spanFirst)
        m_spanFirst = batch.firstIndex;
    std::map<std::string, std::vector<std::size_t>> frames;
    for (std::size_t f = 0; f < labels.size(); ++f)
        if (!isDone(m_done, batch.indexOf(f)))
            frames[labels[f]].push_back(f);
    for (const auto& [label, places] : frames)
        correlator(label).accumulate(partOf(batch, places), task);
    m_spanEnd = batch.end();
    for (const auto& [reason, count] : batch.rejected)
        m_pendingRejected[reason] += count;
    if (m_spanEnd % m_blockFrames == 0)
        flush(task);
}

void GroupedCorrelator::finish(const TaskContext& task) {
    flush(task);
}

std::uint64_t GroupedCorrelator::frameCount() const {
    std::uint64_t frames = 0;
    for (const auto& [label, correlator] : m_labels)
        frames += correlator.sums().frameCount();
    return frames;
}

CorrelationSums GroupedCorrelator::total() const {
    if (m_labels.empty())
        throw Error(ErrorCode::internal, "the sum of no labels");
    CorrelationSums sums = clone(m_labels.begin()->second.sums());
    for (auto it = std::next(m_labels.begin()); it != m_labels.end(); ++it)
        merge(sums, it->second.sums());
    for (const auto& [reason, frames] : m_rejected)
        sums.rejected[reason] += frames;
    sums.framesDone = m_done;
    sums.label.clear();
    return sums;
}

} // namespace fxs
