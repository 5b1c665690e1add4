#include "engine/core/settings_file.h"

#include "engine/core/whole_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>

namespace fxs {

namespace {

[[noreturn]] void fail(const std::string& source, const toml::source_region& where, const std::string& what) {
    throw Error(ErrorCode::badInput,
                fmt::format("{}, line {}, column {}: {}", source, where.begin.line, where.begin.column, what));
}

const char* typeOf(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "a list";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
        return "a date or time";
    default:
        return "a value";
    }
}

SettingValue valueOf(const std::string& source, std::string_view key, const toml::node& node) {
    if (const auto* text = node.as_string())
        return text->get();
    if (const auto* number = node.as_integer())
        return number->get();
    if (const auto* number = node.as_floating_point())
        return number->get();
    if (const auto* flag = node.as_boolean())
        return flag->get();
    fail(source, node.source(), fmt::format("{} is {}, expected text, a number, true or false", key, typeOf(node)));
}

/// TOML's basic strings: quotes, backslashes and control characters escaped.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
            else
                out += c;
        }
    }
    return out + "\"";
}

bool isBareKey(const std::string& key) {
    return !key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                               std::string::npos;
}

std::string keyText(const std::string& key) {
    return isBareKey(key) ? key : quoted(key);
}

std::string tomlText(const SettingValue& value) {
    if (const auto* text = std::get_if<std::string>(&value))
        return quoted(*text);
    if (const auto* number = std::get_if<double>(&value)) {
        if (std::isnan(*number))
            return "nan";
        if (std::isinf(*number))
            return *number > 0 ? "inf" : "-inf";
        // fmt gives the shortest text that reads back the same; TOML wants a point or an exponent in a float.
        std::string out = fmt::format("{}", *number);
        if (out.find_first_of(".e") == std::string::npos)
            out += ".0";
        return out;
    }
    return toText(value);
}

} // namespace

SettingSections parseSettings(std::string_view text, const std::string& source) {
    toml::table root;
    try {
        root = toml::parse(text, source);
    } catch (const toml::parse_error& error) {
        fail(source, error.source(), std::string(error.description()));
    }
    SettingSections sections;
    for (auto&& [sectionKey, node] : root) {
        const std::string section(sectionKey.str());
        const auto* table = node.as_table();
        if (!table)
            fail(source, node.source(),
                 fmt::format("{} stands outside every section, expected e.g. [polar] above it", section));
        SettingValues& values = sections[section];
        for (auto&& [key, value] : *table)
            values[std::string(key.str())] = valueOf(source, key.str(), value);
    }
    return sections;
}

SettingSections readSettingsFile(const std::string& path) {
    const std::string text = withContext("reading settings " + path, [&] { return readWholeFile(path); });
    return parseSettings(text, path);
}

std::string settingsToToml(const SettingSections& sections) {
    std::string out;
    for (const auto& [section, values] : sections) {
        std::string lines;
        for (const auto& [key, value] : values)
            if (!std::holds_alternative<std::monostate>(value))
                lines += fmt::format("{} = {}\n", keyText(key), tomlText(value));
        if (!lines.empty())
            out += fmt::format("{}[{}]\n{}", out.empty() ? "" : "\n", keyText(section), lines);
    }
    return out;
}

} // namespace fxs
