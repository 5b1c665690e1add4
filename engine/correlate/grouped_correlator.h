#pragma once

#include "engine/core/task.h"
#include "engine/correlate/correlator.h"
#include "engine/model/batch.h"
#include "engine/model/correlation.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// One accumulation a label (laser on, a delay bin, a sample) in one pass over a run, and their sum. All labels end their
/// blocks at the same frame indices, so that what was interrupted goes on with the same bits.
/// Shape:   batches as Correlator; one label a frame.
/// Owns:    one Correlator a label: at 300 x 256, about 0.2 GB each.
/// Threads: as Correlator.
/// Throws:  as Correlator; Error(badSettings) for more labels than `mostLabels`, naming the first ones.
class GroupedCorrelator {
public:
    using Make = std::function<Correlator(const std::string& label)>;
    /// make: a new correlator for a label that is met for the first time.
    GroupedCorrelator(Make make, std::size_t blockFrames, std::size_t mostLabels = 64);

    /// Goes on from earlier sums: `total` of all labels (what was done and rejected), and each label's own.
    void resume(const CorrelationSums& total);
    void add(const std::string& label, Correlator correlator);

    void accumulate(const PolarBatch& batch, const std::vector<std::string>& labels, const TaskContext& task);
    void finish(const TaskContext& task);

    const std::map<std::string, Correlator>& labels() const { return m_labels; }
    std::uint64_t frameCount() const;
    /// The sum of all labels, with what was rejected of the whole run and which of it is done. The first of them alone gives
    /// grid and kind: there must be one. Throws: Error(internal) without a label.
    CorrelationSums total() const;
    /// Before they had a label.
    const std::map<std::string, std::uint64_t>& rejected() const { return m_rejected; }
    /// Which frames of the run are in the labels' sums, or were rejected.
    const std::vector<std::pair<std::uint64_t, std::uint64_t>>& framesDone() const { return m_done; }

private:
    Correlator& correlator(const std::string& label);
    void flush(const TaskContext& task);

    Make m_make;
    std::uint64_t m_blockFrames;
    std::size_t m_mostLabels;
    std::map<std::string, Correlator> m_labels; ///< in the order of their names, so that sums are added in one order
    std::map<std::string, std::uint64_t> m_rejected, m_pendingRejected;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> m_done;
    std::uint64_t m_spanFirst = 0, m_spanEnd = 0; ///< of the block that is not yet whole
};

} // namespace fxs
