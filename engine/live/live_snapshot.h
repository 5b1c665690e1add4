#pragma once

#include "engine/live/alarms.h"
#include "engine/live/forecast.h"
#include "engine/live/live_history.h"
#include "engine/model/correlation.h"
#include "engine/stream/live_status.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Which frames of a live run an accumulation holds.
enum class LiveKind {
    all,    ///< since the start: what CORRELATION.h5 will be
    recent, ///< the recent window
    mark,   ///< since a mark that the user set, to the next one
    run,    ///< of one run number
};

/// One accumulation of a live run: a result that can be shown, saved (writeCorrelation), compared and gone on with.
struct LiveAccumulation {
    LiveKind kind = LiveKind::all;
    std::string name;                                       ///< "all", "last 60 s", "since laser on", "run 12"
    std::uint64_t frames = 0;                               ///< used
    double beginTime = 0, endTime = 0;                      ///< s since 1970: of its first and last frame's arrival
    bool finished = false;                                  ///< no more will come
    std::string path;                                       ///< where it was written, if it was
    std::shared_ptr<const CorrelationSnapshot> correlation; ///< null: finished, and to be read from path
};

/// How recording goes.
struct RecordingState {
    bool on = false;
    bool hitsOnly = false;
    std::string path;          ///< of the file under way
    std::uint64_t files = 0;   ///< ended
    std::uint64_t frames = 0;  ///< written
    std::uint64_t dropped = 0; ///< frames that were not recorded because writing was slower than the stream
    std::uint64_t bytes = 0;
    std::string problem; ///< why it ended by itself
};

/// All that is known of a live run at a moment. Immutable once published; each one is whole.
/// Cost:   a few hundred kB beside the accumulations, which are shared.
struct LiveSnapshot {
    std::uint64_t sequence = 0;
    double time = 0;    ///< s since 1970
    double seconds = 0; ///< since the start
    LiveStatus status;
    double receivedPerSecond = 0; ///< frames, over the last few seconds
    double analysedPerSecond = 0; ///< frames, the same
    double lagSeconds = 0;        ///< from arrival to being in the sums, of the last frame
    std::uint64_t framesRead = 0; ///< by the analysis, left-out ones included
    std::uint64_t framesUsed = 0;
    double hitRate = 0;                                    ///< framesUsed / framesRead; 0 before the first
    double recentHitRate = 0;                              ///< over the last 30 s or so
    std::map<std::string, std::uint64_t> rejected;         ///< frames that were left out, by reason
    std::vector<LiveAccumulation> accumulations;           ///< all first, then recent, mark, run, then finished ones
    std::shared_ptr<const std::vector<LivePoint>> history; ///< oldest first
    Forecast forecast;
    std::vector<AlarmState> alarms;
    std::vector<AlarmEvent> events; ///< the last 200, oldest first
    RecordingState recording;
    double refreshSeconds = 0;
    double windowSeconds = 0;
    std::uint64_t windowFrames = 0;
};

} // namespace fxs
