#pragma once

#include "engine/core/error.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What alarms can watch.
enum class AlarmQuantity {
    rate,       ///< frames/s analysed
    received,   ///< frames/s received
    hitRate,    ///< 0 ... 1, recent
    lag,        ///< s
    queue,      ///< messages that wait
    dropped,    ///< messages a second thrown away
    missing,    ///< trains or frames a second that were skipped
    refused,    ///< messages a second that could not be used
    silence,    ///< s since the last message
    reconnects, ///< how often the sender came back, in all
    images,     ///< images used, in all
    agreement,  ///< of the half sets; at a q: "agreement@0.1", else mean over rings
    resolution, ///< Å to which they agree
};

/// A condition that a user wants to be told of: "hit-rate < 0.05 for 30".
struct AlarmRule {
    std::string text; ///< as written; names it
    AlarmQuantity quantity = AlarmQuantity::rate;
    double q = 0;       ///< 1/Å, of agreement@q; 0: mean
    bool above = false; ///< fires above the threshold; else below
    double threshold = 0;
    double clear = 0;       ///< it clears on the other side of this one: by default 10 % of the threshold back
    double holdSeconds = 5; ///< a condition must hold so long to fire, and so long be gone to clear

    /// "QUANTITY[@Q] < or > THRESHOLD [clear VALUE] [for SECONDS]". Error(badSettings) that says what was expected.
    static Result<AlarmRule> parse(const std::string& text);
    /// Rules separated by ";". Error(badSettings) of the first that is wrong.
    static Result<std::vector<AlarmRule>> parseAll(const std::string& text);
};
/// The words of rules, in the order of AlarmQuantity: "rate", "received", "hit-rate", ...
const std::vector<std::string>& alarmWords();

/// A rule and how it stands.
struct AlarmState {
    AlarmRule rule;
    bool active = false;
    std::optional<double> value; ///< now; nullopt: not known yet
    double since = 0;            ///< s since the run's start: when it last fired or cleared
    int fired = 0;               ///< times
};

/// It fired, or it cleared.
struct AlarmEvent {
    double time = 0;    ///< s since the run's start
    bool fired = false; ///< else: cleared
    std::string rule;
    std::string text; ///< for people: "hit-rate is 0.03, below 0.05"
};

/// Watches values against rules, with hysteresis: no chatter around a threshold.
/// Threads: one.
class Alarms {
public:
    using ValueOf = std::function<std::optional<double>(const AlarmRule&)>;

    /// Rules that were there already keep their state.
    void setRules(std::vector<AlarmRule> rules);
    /// At time s; returns what fired or cleared. A value that is not known changes nothing.
    std::vector<AlarmEvent> update(double time, const ValueOf& valueOf);
    const std::vector<AlarmState>& states() const { return m_states; }

private:
    std::vector<AlarmState> m_states;
    std::vector<std::optional<double>> m_changing; ///< since when the value has been on the other side
};

} // namespace fxs
