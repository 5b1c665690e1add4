#include "engine/model/run_source.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fxs {

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
