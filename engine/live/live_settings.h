#pragma once

#include "engine/core/settings.h"

#include <string>
#include <vector>

namespace fxs {

/// What is done with a run while it arrives, beside correlating it. Section "live". What can be changed while it runs is
/// changed by a LiveRequest.
struct LiveSettings {
    double windowSeconds = 0;   ///< the recent window: so long; 0: none, or by frames
    int windowFrames = 0;       ///< the recent window: so many frames; 0: by seconds
    int windowBuckets = 5;      ///< it is kept as so many sums, and moves on by one of them
    bool newRun = true;         ///< a new run number in the stream begins a new accumulation
    double refreshSeconds = 10; ///< M-TIF of what there is: at most so often; 0: as often as it can
    std::string alarms;         ///< rules, separated by ";" (engine/live/alarms.h)
    std::string record;         ///< file that frames are recorded to; empty: none
    std::string recordWhat = "all";
    int recordFrames = 0;        ///< a file is ended after so many frames; 0: by its size only
    double recordGigabytes = 50; ///< a file is ended at this size
    int recordQueue = 64;        ///< messages that may wait to be written; beyond, they are not recorded, and counted
    double historySeconds = 1;   ///< how often rates and counts are kept

    static const SettingsDescription<LiveSettings>& description();
    std::vector<Problem> validate() const;
};

} // namespace fxs
