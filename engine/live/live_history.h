#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace fxs {

/// How a live run was over a stretch of time. Rates are means over it, counts are of what happened in it, the rest is as it
/// was at its end (lag and queue: the largest in it).
struct LivePoint {
    double time = 0;                                                        ///< s since the run's start, of its end
    double span = 0;                                                        ///< s
    double receivedPerSecond = 0, analysedPerSecond = 0, usedPerSecond = 0; ///< frames
    double bytesPerSecond = 0;
    double lagSeconds = 0;
    double waiting = 0;                                           ///< messages in the queue
    double dropped = 0, missing = 0, refused = 0, reconnects = 0; ///< messages, trains or frames, messages, times
    double rejected = 0;                                          ///< frames left out by the analysis
    double hitRate = 0;                                           ///< of the frames read in it; NaN: none were
    double framesUsed = 0;                                        ///< in all so far
    double agreement = 0;                                         ///< of the half sets, mean over rings
    double resolutionAngstrom = 0;                                ///< to which they agree; 0: nowhere
};

/// A run's points in bounded memory, however long it is: the newest are kept as they came, older ones are joined by four, those
/// older still by four again.
/// Memory: levels * perLevel points; the default holds four days at 1 s, and joins the oldest two beyond.
class LiveHistory {
public:
    explicit LiveHistory(std::size_t perLevel = 360, std::size_t levels = 6);
    void add(const LivePoint& point);
    /// Oldest first.
    std::vector<LivePoint> points() const;
    /// One point for two neighbours, a before b.
    static LivePoint join(const LivePoint& a, const LivePoint& b);

private:
    void makeRoom(std::size_t level);

    std::size_t m_perLevel;
    std::vector<std::deque<LivePoint>> m_levels; ///< the first holds the newest
};

} // namespace fxs
