#include "engine/detector/geometry_toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <limits>
#include <set>

namespace fxs {

namespace {

[[noreturn]] void fail(const toml::node& where, const std::string& message) {
    throw Error(ErrorCode::badInput, fmt::format("line {}: {}", where.source().begin.line, message));
}

void requireKnown(const toml::table& table, const std::set<std::string_view>& known, const char* what) {
    for (const auto& [key, node] : table)
        if (!known.contains(key.str()))
            fail(node, fmt::format("{} has no setting {}", what, key.str()));
}

std::optional<std::size_t> count(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (!node)
        return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > (1 << 30))
        fail(*node, fmt::format("{} is not a whole number from 0", key));
    return static_cast<std::size_t>(*value);
}

template <class T, std::size_t N>
std::optional<std::array<T, N>> list(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (!node)
        return std::nullopt;
    const toml::array* values = node->as_array();
    std::array<T, N> out{};
    bool fine = values && values->size() == N;
    for (std::size_t i = 0; fine && i < N; ++i) {
        const auto value = values->get(i)->template value<T>();
        fine = value.has_value() && std::isfinite(static_cast<double>(*value));
        out[i] = value.value_or(T{});
    }
    if (!fine)
        fail(*node, fmt::format("{} is not a list of {} numbers", key, N));
    return out;
}

Panel panelOf(const toml::table& table) {
    requireKnown(table, {"name", "slab", "first", "pixels", "corner", "fast-step", "slow-step"}, "[[panel]]");
    Panel panel;
    panel.name = table["name"].value_or(std::string());
    const auto vector = [&](const char* key) {
        const auto value = list<double, 3>(table, key);
        if (!value)
            fail(table, fmt::format("the panel has no {}", key));
        return Vector3{(*value)[0], (*value)[1], (*value)[2]};
    };
    panel.corner = vector("corner");
    panel.fastStep = vector("fast-step");
    panel.slowStep = vector("slow-step");
    const auto slab = count(table, "slab");
    const auto first = list<std::int64_t, 2>(table, "first"), pixels = list<std::int64_t, 2>(table, "pixels");
    if (pixels) {
        const auto at = first.value_or(std::array<std::int64_t, 2>{0, 0});
        if (at[0] < 0 || at[1] < 0 || (*pixels)[0] <= 0 || (*pixels)[1] <= 0)
            fail(table, "first and pixels of the panel are not from 0, or it has no pixel");
        panel.area = PanelArea{slab.value_or(0), static_cast<std::size_t>(at[0]), static_cast<std::size_t>(at[1]),
                               static_cast<std::size_t>((*pixels)[0]), static_cast<std::size_t>((*pixels)[1])};
    } else if (first || slab) {
        fail(table, "the panel has slab or first but no pixels");
    }
    return panel;
}

/// The number as TOML wants it: with a point or an exponent, shortest that reads back the same.
std::string number(double value) {
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string vectorText(const Vector3& v) {
    return fmt::format("[{}, {}, {}]", number(v[0]), number(v[1]), number(v[2]));
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text)
        if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (static_cast<unsigned char>(c) >= 0x20)
            out += c;
    return out + "\"";
}

/// The settings of singlePanel() that give this geometry bit for bit; nullopt if none do.
std::optional<std::string> asSinglePanel(const DetectorGeometry& g) {
    const Panel& p = g.panels.front();
    const double size = p.fastStep[0];
    if (g.panels.size() != 1 || g.slabCount() != 1 || !(size > 0) ||
        (p.area && *p.area != PanelArea{0, 0, 0, g.slow, g.fast}))
        return std::nullopt;
    const std::array<double, 2> centre{-p.corner[0] / size, -p.corner[1] / size};
    const auto made = DetectorGeometry::singlePanel(g.slow, g.fast, p.corner[2], size, centre, g.wavelengthAngstrom);
    const Panel& q = made.panels.front();
    if (q.fastStep != p.fastStep || q.slowStep != p.slowStep || q.corner != p.corner)
        return std::nullopt;
    return fmt::format("distance = {}\npixel-size = {}\ncentre = \"{},{}\"\n", number(p.corner[2]), number(size),
                       number(centre[0]), number(centre[1]));
}

} // namespace

bool hasPanelTables(const std::string& text) {
    return text.starts_with("[[panel]]") || text.find("\n[[panel]]") != std::string::npos;
}

DetectorGeometry panelsFromToml(const std::string& text, const std::string& path, const GeometryDefaults& run) {
    toml::table document;
    try {
        document = toml::parse(text, path);
    } catch (const toml::parse_error& error) {
        throw Error(ErrorCode::badInput,
                    fmt::format("line {}: {}", error.source().begin.line, std::string(error.description())));
    }
    requireKnown(document, {"geometry", "panel"}, "the file");
    const toml::table* section = document["geometry"].as_table();
    const toml::array* panels = document["panel"].as_array();
    if (!section || !panels)
        throw Error(ErrorCode::badInput, "it has no section [geometry], or no list [[panel]]");
    requireKnown(*section, {"slabs", "slow", "fast", "wavelength"}, "[geometry] with panels");
    DetectorGeometry geometry;
    const auto slow = count(*section, "slow"), fast = count(*section, "fast");
    if (!slow || !fast)
        throw Error(ErrorCode::badInput, "[geometry] does not say slow and fast, the pixels of a frame's panel");
    geometry.slow = *slow;
    geometry.fast = *fast;
    geometry.slabs = count(*section, "slabs").value_or(0);
    if ((run.slow != 0 && run.slow != *slow) || (run.fast != 0 && run.fast != *fast))
        throw Error(ErrorCode::badSettings,
                    fmt::format("the geometry covers {} x {}, frames are {} x {}", *slow, *fast, run.slow, run.fast));
    geometry.wavelengthAngstrom = (*section)["wavelength"].value_or(run.wavelengthAngstrom);
    for (const toml::node& node : *panels) {
        const toml::table* table = node.as_table();
        if (!table)
            fail(node, "[[panel]] is not a table");
        geometry.panels.push_back(panelOf(*table));
    }
    return geometry;
}

std::string geometryToToml(const DetectorGeometry& geometry) {
    auto problems = geometry.check();
    std::erase_if(problems, [](const Problem& p) { return p.key == "wavelength"; }); // the run may say it
    throwIfFatal(problems);
    std::string out = "[geometry]\n";
    const auto single = asSinglePanel(geometry);
    if (single)
        out += *single;
    else
        out += fmt::format("slabs = {}\n", geometry.slabCount());
    out += fmt::format("slow = {}\nfast = {}\n", geometry.slow, geometry.fast);
    if (geometry.wavelengthAngstrom > 0)
        out += fmt::format("wavelength = {}\n", number(geometry.wavelengthAngstrom));
    if (single)
        return out;
    for (std::size_t i = 0; i < geometry.panels.size(); ++i) {
        const Panel& panel = geometry.panels[i];
        const PanelArea a = geometry.area(i);
        out += "\n[[panel]]\n";
        if (!panel.name.empty())
            out += fmt::format("name = {}\n", quoted(panel.name));
        out += fmt::format("slab = {}\nfirst = [{}, {}]\npixels = [{}, {}]\n", a.slab, a.firstSlow, a.firstFast, a.slow,
                           a.fast);
        out += fmt::format("corner = {}\nfast-step = {}\nslow-step = {}\n", vectorText(panel.corner),
                           vectorText(panel.fastStep), vectorText(panel.slowStep));
    }
    return out;
}

} // namespace fxs
