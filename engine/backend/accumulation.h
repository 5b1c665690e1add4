#pragma once

#include "engine/core/provenance.h"
#include "engine/core/task.h"
#include "engine/correlate/correlator.h"
#include "engine/correlate/grouped_correlator.h"
#include "engine/model/run_source.h"
#include "engine/preprocess/frame_expression.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// Where a run's images are summed: one correlation, or one a label where frames are grouped; begun anew, or gone on with from
/// files. CORRELATION.h5 is the sum of all; the label "on" is in CORRELATION.on.h5 beside it.
/// Threads: as Correlator. Throws: as Correlator and readCorrelation().
class Accumulation {
public:
    struct Settings {
        CorrelateSettings correlate;
        std::string groupBy; ///< empty: one correlation
        std::string path;    ///< of the file of all; empty: nothing is kept
        bool resume = false, mayReplace = false;
    };
    Accumulation(Settings settings, const RunInfo& run);

    /// The frame to go on with: 0, or the end of what was done without a gap.
    std::uint64_t firstFrame() const;
    std::size_t blockFrames() const { return static_cast<std::size_t>(m_settings.correlate.batchFrames); }

    void accumulate(const PolarBatch& batch, const TaskContext& task);
    void finish(const TaskContext& task);

    std::uint64_t frameCount() const;
    std::map<std::string, std::uint64_t> rejected() const;
    /// The sum of all with its quality. At least one frame must have come.
    std::shared_ptr<const CorrelationSnapshot> snapshot(std::uint64_t sequence, const Provenance& provenance) const;
    /// Each label's; empty where frames are not grouped.
    std::vector<LabelledCorrelation> labelled(std::uint64_t sequence, const Provenance& provenance) const;
    /// The file of a label: characters that file names do not take are replaced by _.
    std::string labelPath(const std::string& label) const;

private:
    Correlator begin(const RunInfo& run) const;
    CorrelationSums readBack(const std::string& path, const RunInfo& run) const;
    Correlator goOn(const std::string& path, CorrelationSums sums) const;
    void resumeLabels(const RunInfo& run);
    void requireFree(const std::string& label) const;

    Settings m_settings;
    std::optional<Correlator> m_single;
    std::optional<FrameGrouping> m_grouping;
    std::optional<GroupedCorrelator> m_groups;
    std::uint64_t m_first = 0;
};

} // namespace fxs
