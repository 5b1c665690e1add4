#include "engine/core/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace fxs {

namespace {

std::string expectation(const SettingInfo& info) {
    std::string what;
    switch (info.type) {
    case SettingType::boolean:
        return "true or false";
    case SettingType::integer:
        what = "a whole number";
        break;
    case SettingType::real:
        what = "a number";
        break;
    case SettingType::text:
        return "text";
    case SettingType::file:
        return "a file name";
    case SettingType::choice:
        return fmt::format("one of {}", fmt::join(info.choices, ", "));
    }
    if (info.minimum && info.maximum)
        what += fmt::format(" {} {} and at most {}", info.minimumExclusive ? "above" : "of at least", *info.minimum,
                            *info.maximum);
    else if (info.minimum)
        what += fmt::format(" {} {}", info.minimumExclusive ? "above" : "of at least", *info.minimum);
    else if (info.maximum)
        what += fmt::format(" of at most {}", *info.maximum);
    if (!info.unit.empty())
        what += " (" + info.unit + ")";
    return what;
}

template <class T>
std::optional<T> parseNumber(std::string_view text) {
    T value{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

Problem wrong(const SettingInfo& info, const std::string& found) {
    return {info.key,
            fmt::format("{} is {}, expected {}", info.key, found.empty() ? "empty" : found, expectation(info))};
}

} // namespace

std::string toText(const SettingValue& value) {
    struct Visitor {
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(bool b) const { return b ? "true" : "false"; }
        std::string operator()(std::int64_t i) const { return fmt::format("{}", i); }
        std::string operator()(double d) const { return fmt::format("{}", d); }
        std::string operator()(const std::string& s) const { return s; }
    };
    return std::visit(Visitor{}, value);
}

SettingValue parseSetting(const SettingInfo& info, std::string_view text) {
    std::optional<SettingValue> value;
    if (text.empty() && info.optional)
        return {};
    switch (info.type) {
    case SettingType::boolean:
        if (text == "true" || text == "yes" || text == "on" || text == "1")
            value = true;
        else if (text == "false" || text == "no" || text == "off" || text == "0")
            value = false;
        break;
    case SettingType::integer:
        if (const auto n = parseNumber<std::int64_t>(text))
            value = *n;
        break;
    case SettingType::real:
        if (const auto d = parseNumber<double>(text))
            value = *d;
        break;
    case SettingType::text:
    case SettingType::file:
    case SettingType::choice:
        value = std::string(text);
        break;
    }
    const auto problem = value ? checkSetting(info, *value) : wrong(info, "\"" + std::string(text) + "\"");
    if (problem)
        throw Error(ErrorCode::badSettings, problem->message);
    return *value;
}

std::optional<Problem> checkSetting(const SettingInfo& info, const SettingValue& value) {
    if (std::holds_alternative<std::monostate>(value))
        return info.optional ? std::nullopt : std::optional(wrong(info, "not given"));
    const auto inRange = [&](double v) {
        return std::isfinite(v) &&
               !(info.minimum && (v < *info.minimum || (info.minimumExclusive && v == *info.minimum))) &&
               !(info.maximum && v > *info.maximum);
    };
    bool fine = false;
    switch (info.type) {
    case SettingType::boolean:
        fine = std::holds_alternative<bool>(value);
        break;
    case SettingType::integer:
        if (const auto* i = std::get_if<std::int64_t>(&value))
            fine = inRange(static_cast<double>(*i));
        break;
    case SettingType::real:
        if (const auto* d = std::get_if<double>(&value))
            fine = inRange(*d);
        else if (const auto* i = std::get_if<std::int64_t>(&value))
            fine = inRange(static_cast<double>(*i));
        break;
    case SettingType::text:
    case SettingType::file:
        fine = std::holds_alternative<std::string>(value);
        break;
    case SettingType::choice:
        if (const auto* s = std::get_if<std::string>(&value))
            fine = std::find(info.choices.begin(), info.choices.end(), *s) != info.choices.end();
        break;
    }
    if (fine)
        return std::nullopt;
    return wrong(info, toText(value));
}

void throwIfFatal(const std::vector<Problem>& problems) {
    std::string all;
    for (const Problem& problem : problems)
        if (problem.fatal)
            all += (all.empty() ? "" : "; ") + problem.message;
    if (!all.empty())
        throw Error(ErrorCode::badSettings, all);
}

} // namespace fxs
