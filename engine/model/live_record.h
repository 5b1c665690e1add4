#pragma once

#include <string>
#include <vector>

namespace fxs {

/// How a live run went, as its result file keeps it (/entry/live): columns over time, and what happened.
struct LiveRecord {
    struct Column {
        std::string name, unit;
        std::vector<double> values; ///< one a row; NaN: not known
    };
    std::vector<Column> columns;                        ///< the first is the time: s since the start, of each row's end
    std::vector<std::pair<std::string, double>> totals; ///< counts at the end: "dropped_messages"
    std::vector<double> eventTimes;                     ///< s since the start
    std::vector<std::string> events;                    ///< what happened then
};

} // namespace fxs
