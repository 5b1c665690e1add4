#include "engine/live/alarms.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>

namespace fxs {

namespace {

std::optional<double> number(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

/// "rate<10" as three words.
std::vector<std::string> wordsOf(const std::string& text) {
    std::string spaced;
    for (const char c : text)
        spaced += c == '<' || c == '>' ? std::string(" ") + c + " " : std::string(1, c);
    std::istringstream stream(spaced);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

Error wrong(const std::string& rule, const std::string& what) {
    return Error(ErrorCode::badSettings,
                 fmt::format("alarm \"{}\": {}; expected QUANTITY < or > NUMBER [clear NUMBER] [for SECONDS], QUANTITY "
                             "one of {}",
                             rule, what, fmt::join(alarmWords(), ", ")));
}

/// Takes "clear VALUE" and "for SECONDS"; returns what is wrong with them.
std::string readOptions(const std::vector<std::string>& words, AlarmRule& rule) {
    for (std::size_t i = 3; i < words.size(); i += 2) {
        const auto value = number(i + 1 < words.size() ? words[i + 1] : std::string());
        if (words[i] != "clear" && words[i] != "for")
            return fmt::format("\"{}\" is not known", words[i]);
        if (!value)
            return fmt::format("a number is missing after \"{}\"", words[i]);
        (words[i] == "clear" ? rule.clear : rule.holdSeconds) = value.value_or(0);
    }
    if (rule.holdSeconds < 0)
        return "the seconds are negative";
    if (rule.above ? rule.clear > rule.threshold : rule.clear < rule.threshold)
        return fmt::format("it would clear at {} while it still fires at {}", rule.clear, rule.threshold);
    return {};
}

} // namespace

const std::vector<std::string>& alarmWords() {
    static const std::vector<std::string> words{"rate",    "received",  "hit-rate",  "lag",     "queue",
                                                "dropped", "missing",   "refused",   "silence", "reconnects",
                                                "images",  "agreement", "resolution"};
    return words;
}

Result<AlarmRule> AlarmRule::parse(const std::string& text) {
    AlarmRule rule;
    rule.text = trimmed(text);
    const auto words = wordsOf(rule.text);
    if (words.size() < 3 || (words[1] != "<" && words[1] != ">"))
        return wrong(rule.text, "it is no comparison");
    std::string quantity = words[0];
    if (const auto at = quantity.find('@'); at != std::string::npos) {
        const auto q = number(quantity.substr(at + 1));
        quantity.resize(at);
        if (!q || *q <= 0 || quantity != "agreement")
            return wrong(rule.text, "@ wants a q in 1/Å, and goes with agreement only");
        rule.q = *q;
    }
    const auto found = std::ranges::find(alarmWords(), quantity);
    if (found == alarmWords().end())
        return wrong(rule.text, fmt::format("\"{}\" cannot be watched", quantity));
    rule.quantity = static_cast<AlarmQuantity>(found - alarmWords().begin());
    rule.above = words[1] == ">";
    const auto threshold = number(words[2]);
    if (!threshold)
        return wrong(rule.text, fmt::format("\"{}\" is no number", words[2]));
    rule.threshold = *threshold;
    rule.clear = *threshold + (rule.above ? -0.1 : 0.1) * std::abs(*threshold);
    // Silence has its own time in it, and what is counted over the whole run does not flicker.
    if (rule.quantity == AlarmQuantity::silence || rule.quantity == AlarmQuantity::images ||
        rule.quantity == AlarmQuantity::reconnects)
        rule.holdSeconds = 0;
    if (const std::string problem = readOptions(words, rule); !problem.empty())
        return wrong(rule.text, problem);
    return rule;
}

Result<std::vector<AlarmRule>> AlarmRule::parseAll(const std::string& text) {
    std::vector<AlarmRule> rules;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ';');) {
        if (trimmed(part).empty())
            continue;
        auto rule = parse(part);
        if (!rule)
            return rule.error();
        rules.push_back(*std::move(rule));
    }
    return rules;
}

void Alarms::setRules(std::vector<AlarmRule> rules) {
    std::vector<AlarmState> states;
    std::vector<std::optional<double>> changing;
    for (AlarmRule& rule : rules) {
        const auto old =
            std::ranges::find(m_states, rule.text, [](const AlarmState& state) { return state.rule.text; });
        const auto place = static_cast<std::size_t>(old - m_states.begin());
        AlarmState fresh;
        fresh.rule = std::move(rule);
        states.push_back(old != m_states.end() ? *old : std::move(fresh));
        changing.push_back(old != m_states.end() ? m_changing[place] : std::nullopt);
    }
    m_states = std::move(states);
    m_changing = std::move(changing);
}

std::vector<AlarmEvent> Alarms::update(double time, const ValueOf& valueOf) {
    std::vector<AlarmEvent> events;
    for (std::size_t i = 0; i < m_states.size(); ++i) {
        AlarmState& state = m_states[i];
        const AlarmRule& rule = state.rule;
        state.value = valueOf(rule);
        if (!state.value || std::isnan(*state.value))
            continue;
        const double v = *state.value;
        const bool fires = rule.above ? v > rule.threshold : v < rule.threshold;
        const bool clears = rule.above ? v <= rule.clear : v >= rule.clear;
        if (!(state.active ? clears : fires)) {
            m_changing[i].reset();
            continue;
        }
        if (!m_changing[i])
            m_changing[i] = time;
        if (time - *m_changing[i] < rule.holdSeconds)
            continue;
        m_changing[i].reset();
        state.active = !state.active;
        state.since = time;
        state.fired += state.active;
        const std::string word = rule.text.substr(0, rule.text.find_first_of("<> "));
        events.push_back({time, state.active, rule.text,
                          state.active ? fmt::format("{} is {:.4g}, {} {:.4g}", word, v, rule.above ? "above" : "below",
                                                     rule.threshold)
                                       : fmt::format("{} is {:.4g} again", word, v)});
    }
    return events;
}

} // namespace fxs
