#include "engine/model/run_source.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fxs {

RunInfo RunInfo::clone() const {
    RunInfo copy;
    copy.layout = layout;
    copy.reason = reason;
    copy.files = files;
    copy.frameCount = frameCount;
    copy.growing = growing;
    copy.valueType = valueType;
    copy.experiment = experiment;
    copy.polarGrid = polarGrid;
    copy.panels = panels;
    copy.slow = slow;
    copy.fast = fast;
    copy.distanceMetre = distanceMetre;
    copy.pixelSizeMetre = pixelSizeMetre;
    copy.centrePixel = centrePixel;
    copy.polarMask = polarMask.clone();
    copy.frameMask = frameMask.clone();
    copy.geometry = geometry;
    copy.columns = columns;
    copy.noiseRatio = noiseRatio.clone();
    copy.binAverage = binAverage.clone();
    copy.metadata = metadata;
    copy.problems = problems;
    return copy;
}

void RunSource::wantColumns(const std::vector<std::string>& names) {
    if (names.empty())
        return;
    std::vector<std::string> known;
    for (const ColumnInfo& column : info().columns)
        known.push_back(column.name);
    throw Error(ErrorCode::badSettings,
                fmt::format("this run ({}) has no values of {} for its frames; it has: {}", info().layout,
                            fmt::join(names, ", "),
                            known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

} // namespace fxs
