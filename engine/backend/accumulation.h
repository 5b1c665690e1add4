#pragma once

#include "engine/backend/correlation_set.h"
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
        std::string groupBy;    ///< empty: one correlation
        std::string path;       ///< of the file of all; empty: nothing is kept
        std::string resumeFrom; ///< the file of all to go on from, labels beside it; empty: begin anew
        bool mayReplace = false;
    };
    Accumulation(Settings settings, const RunInfo& run);

    /// What is in the sums, or was rejected.
    FrameRanges framesDone() const;
    std::size_t blockFrames() const { return static_cast<std::size_t>(m_settings.correlate.batchFrames); }

    void accumulate(const PolarBatch& batch, const TaskContext& task);
    void finish(const TaskContext& task);

    std::uint64_t frameCount() const;
    /// A copy of what there is.
    CorrelationSet set() const;

    /// Without a copy: the sums by label, those of all where frames are not grouped under "", and what was rejected besides.
    /// Valid until the next call that is not const.
    struct Parts {
        std::vector<std::pair<std::string, const CorrelationSums*>> sums;
        bool grouped = false;
        RejectedFrames rejected; ///< grouped: before they had a label
        FrameRanges done;        ///< grouped: of all labels
    };
    Parts parts() const;

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
};

} // namespace fxs
