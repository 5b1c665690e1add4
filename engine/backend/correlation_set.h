#pragma once

#include "engine/backend/backend.h"
#include "engine/correlate/frames_done.h"
#include "engine/model/batch.h"
#include "engine/model/correlation.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What an accumulation holds at a moment, as a value: the sum of all, and each label's where frames are grouped.
struct CorrelationSet {
    std::optional<CorrelationSums> total; ///< nothing: frames are grouped, and there was none yet
    std::vector<CorrelationSums> labels;  ///< in the order of their names; empty where frames are not grouped
    RejectedFrames rejected;              ///< of the whole run

    std::uint64_t frameCount() const { return total ? total->frameCount() : 0; }
};

/// The sum of labels that are part of one run, with what was rejected and done of that besides their own. Nothing without
/// labels. Throws: as merge().
std::optional<CorrelationSums> totalOf(const std::vector<CorrelationSums>& labels, const RejectedFrames& rejected,
                                       const FrameRanges& done);

/// Puts a set into a snapshot, with its quality figures.
void takeInto(Snapshot& snapshot, CorrelationSet set, std::uint64_t sequence, const Provenance& provenance);

/// The file of a label beside the file of all: CORRELATION.on.h5. Characters that file names do not take are replaced by _.
std::string labelPath(const std::string& path, const std::string& label);

/// How exactly a correlation is kept for going on with.
enum class KeptC2 { with, without };
/// Writes a snapshot's correlation and those of its labels, the labels first: where the file of all is there, theirs are.
/// Returns the files. Throws: as writeCorrelation().
std::vector<std::string> writeCorrelationFiles(const std::string& path, const Snapshot& snapshot, KeptC2 c2,
                                               bool mayReplace);

} // namespace fxs
