#include "engine/detector/crystfel_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

namespace fxs::crystfel {

namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

const std::set<std::string>& knownFields() {
    static const std::set<std::string> known = [] {
        std::set<std::string> names{"min_fs", "max_fs", "min_ss", "max_ss", "corner_x", "corner_y", "fs", "ss", "res",
                                    "clen", "coffset", "photon_energy", "wavelength", "adu_per_photon", "adu_per_eV",
                                    "max_adu", "data", "no_index", "mask_edge_pixels", "mask", "mask_file", "mask_good",
                                    "mask_bad", "min_x", "max_x", "min_y", "max_y", "panel",
                                    // known to CrystFEL, without a meaning here
                                    "bandwidth", "beam", "peak_list", "peak_list_type", "saturation_map",
                                    "saturation_map_file", "photon_energy_scale", "detector_shift_x",
                                    "detector_shift_y", "flag_lessthan", "flag_morethan", "flag_equal", "integr_radius",
                                    "badrow_direction", "peak_sep", "rail_x", "rail_y", "rail_z", "clen_for_centering",
                                    "electron_voltage"};
        for (int i = 0; i < 10; ++i)
            names.insert(fmt::format("dim{}", i));
        for (int i = 0; i < 8; ++i)
            for (const char* part : {"data", "file", "goodbits", "badbits"})
                names.insert(fmt::format("mask{}_{}", i, part));
        return names;
    }();
    return known;
}

/// Today's names of older spellings.
std::string modern(const std::string& field) {
    static const std::map<std::string, std::string> names{{"mask", "mask0_data"},
                                                          {"mask_file", "mask0_file"},
                                                          {"mask_good", "mask0_goodbits"},
                                                          {"mask_bad", "mask0_badbits"}};
    const auto it = names.find(field);
    return it == names.end() ? field : it->second;
}

Named& named(std::vector<Named>& list, const std::string& name, int line, const Fields& defaults) {
    const auto it = std::ranges::find(list, name, &Named::name);
    if (it != list.end())
        return *it;
    list.push_back({name, line, defaults});
    return list.back();
}

} // namespace

void fail(int line, const std::string& message) {
    throw Error(ErrorCode::badInput, fmt::format("line {}: {}", line, message));
}

Parsed parseLines(const std::string& text, std::vector<std::string>& remarks) {
    Parsed out;
    Fields defaults;
    std::istringstream lines(text);
    std::set<std::string> unknown;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const std::string content = trimmed(std::string_view(line).substr(0, line.find(';')));
        if (content.empty())
            continue;
        const auto equals = content.find('=');
        if (equals == std::string::npos)
            fail(number, fmt::format("\"{}\" is not of the form parameter = value", content));
        const std::string key = trimmed(std::string_view(content).substr(0, equals));
        const std::string value = trimmed(std::string_view(content).substr(equals + 1));
        if (key.starts_with("rigid_group") || key.starts_with("group"))
            continue;
        const auto slash = key.rfind('/');
        const std::string field = modern(slash == std::string::npos ? key : key.substr(slash + 1));
        if (key.empty() || value.empty() || slash == 0)
            fail(number, fmt::format("\"{}\" lacks a name or a value", content));
        if (!knownFields().contains(field) && unknown.insert(field).second)
            remarks.push_back(fmt::format("line {}: the field {} is not known, and passed over", number, field));
        if (slash == std::string::npos) {
            defaults[field] = out.global[field] = {value, number};
            continue;
        }
        const std::string name = key.substr(0, slash);
        Named& thing =
            name.starts_with("bad") ? named(out.bad, name, number, {}) : named(out.panels, name, number, defaults);
        thing.fields[field] = {value, number};
    }
    return out;
}

const Text* find(const Fields& fields, const std::string& field) {
    const auto it = fields.find(field);
    return it == fields.end() ? nullptr : &it->second;
}

std::optional<double> asNumber(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

double numberOf(const Text& text, const std::string& field) {
    const auto value = asNumber(text.value);
    if (!value)
        fail(text.line, fmt::format("{} is \"{}\", expected a number", field, text.value));
    return *value;
}

const Text& required(const Named& thing, const std::string& field) {
    const Text* text = find(thing.fields, field);
    if (!text)
        fail(thing.line, fmt::format("{} has no {}", thing.name, field));
    return *text;
}

std::size_t indexOf(const Named& thing, const std::string& field) {
    const Text& text = required(thing, field);
    const double value = numberOf(text, thing.name + "/" + field);
    if (!(value >= 0) || value > kLargestPixel || value != std::floor(value))
        fail(text.line, fmt::format("{}/{} is {}, expected a whole number from 0 to {}", thing.name, field, text.value,
                                    kLargestPixel));
    return static_cast<std::size_t>(value);
}

bool isTrue(const Text* text) {
    return text && (text->value == "1" || text->value == "true" || text->value == "True" || text->value == "yes");
}

std::uint32_t bitsOf(const Fields& fields, const std::string& field, std::uint32_t fallback) {
    const Text* text = find(fields, field);
    if (!text)
        return fallback;
    std::string_view digits = text->value;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        digits.remove_prefix(2);
        base = 16;
    }
    std::uint32_t value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        fail(text->line, fmt::format("{} is \"{}\", expected bits, such as 0xff", field, text->value));
    return value;
}

Vector3 directionOf(const Text& text, const std::string& field) {
    std::string s;
    std::ranges::copy_if(text.value, std::back_inserter(s), [](char c) { return c != ' ' && c != '\t' && c != '*'; });
    Vector3 out{};
    std::array<bool, 3> seen{};
    for (std::size_t at = 0; at < s.size();) {
        const bool minus = s[at] == '-';
        if (s[at] == '+' || s[at] == '-')
            ++at;
        double value = 1;
        const auto [end, ec] = std::from_chars(s.data() + at, s.data() + s.size(), value);
        if (ec == std::errc{})
            at = static_cast<std::size_t>(end - s.data());
        const std::size_t axis = at < s.size() ? std::string_view("xyz").find(s[at]) : std::string_view::npos;
        if (axis == std::string_view::npos || seen[axis] || ec == std::errc::result_out_of_range)
            fail(text.line, fmt::format("{} is \"{}\", expected a direction such as +0.99x -0.01y", field, text.value));
        seen[axis] = true;
        out[axis] = minus ? -value : value;
        ++at;
    }
    return out;
}

Quantity quantityOf(const Text& text, const std::string& field, const GeometryDefaults& run) {
    Quantity out;
    std::string head = text.value;
    if (const auto space = head.find_last_of(" \t"); space != std::string::npos) {
        out.unit = trimmed(std::string_view(head).substr(space));
        head = trimmed(std::string_view(head).substr(0, space));
    }
    if (const auto value = asNumber(head)) {
        out.value = *value;
        return out;
    }
    if (head.find('/') == std::string::npos)
        fail(text.line,
             fmt::format("{} is \"{}\", expected a number or a place in the data, and a unit", field, text.value));
    out.place = true;
    const auto value = run.lookup ? run.lookup(head) : std::nullopt;
    if (!value)
        fail(text.line, fmt::format("{} is to be found at {}, which the run does not have; a number in its place helps",
                                    field, head));
    out.value = *value;
    return out;
}

double metres(const Text& text, const std::string& field, const GeometryDefaults& run, double placeScale) {
    const Quantity q = quantityOf(text, field, run);
    if (q.unit == "mm")
        return q.value * 1e-3;
    if (q.unit == "m")
        return q.value;
    if (!q.unit.empty())
        fail(text.line, fmt::format("{} has the unit {}, expected m or mm", field, q.unit));
    return q.place ? q.value * placeScale : q.value;
}

} // namespace fxs::crystfel
