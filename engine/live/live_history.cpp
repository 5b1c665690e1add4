#include "engine/live/live_history.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs {

LiveHistory::LiveHistory(std::size_t perLevel, std::size_t levels)
    : m_perLevel(std::max<std::size_t>(8, perLevel)), m_levels(std::max<std::size_t>(1, levels)) {}

LivePoint LiveHistory::join(const LivePoint& a, const LivePoint& b) {
    LivePoint joined = b; // what is as it was at the end
    joined.span = a.span + b.span;
    const auto mean = [&](double LivePoint::*rate) {
        joined.*rate = joined.span > 0 ? (a.*rate * a.span + b.*rate * b.span) / joined.span : b.*rate;
    };
    for (const auto rate : {&LivePoint::receivedPerSecond, &LivePoint::analysedPerSecond, &LivePoint::usedPerSecond,
                            &LivePoint::bytesPerSecond})
        mean(rate);
    for (const auto count :
         {&LivePoint::dropped, &LivePoint::missing, &LivePoint::refused, &LivePoint::reconnects, &LivePoint::rejected})
        joined.*count = a.*count + b.*count;
    for (const auto largest : {&LivePoint::lagSeconds, &LivePoint::waiting})
        joined.*largest = std::max(a.*largest, b.*largest);
    // Each stretch counts by the frames that were read in it.
    const double readA = a.analysedPerSecond * a.span, readB = b.analysedPerSecond * b.span;
    const double hits = (readA > 0 ? a.hitRate * readA : 0) + (readB > 0 ? b.hitRate * readB : 0);
    joined.hitRate = readA + readB > 0 ? hits / (readA + readB) : std::numeric_limits<double>::quiet_NaN();
    return joined;
}

void LiveHistory::makeRoom(std::size_t level) {
    constexpr std::size_t kJoined = 4;
    auto& here = m_levels[level];
    if (here.size() < m_perLevel)
        return;
    if (level + 1 == m_levels.size()) {
        here[1] = join(here[0], here[1]);
        here.pop_front();
        return;
    }
    LivePoint joined = here.front();
    here.pop_front();
    for (std::size_t i = 1; i < kJoined; ++i) {
        joined = join(joined, here.front());
        here.pop_front();
    }
    makeRoom(level + 1);
    m_levels[level + 1].push_back(joined);
}

void LiveHistory::add(const LivePoint& point) {
    makeRoom(0);
    m_levels.front().push_back(point);
}

std::vector<LivePoint> LiveHistory::points() const {
    std::vector<LivePoint> all;
    for (auto level = m_levels.rbegin(); level != m_levels.rend(); ++level)
        all.insert(all.end(), level->begin(), level->end());
    return all;
}

} // namespace fxs
