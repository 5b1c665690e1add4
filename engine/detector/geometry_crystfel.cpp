#include "engine/detector/geometry_crystfel.h"

#include "engine/detector/crystfel_text.h"
#include "engine/model/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace fxs {

using namespace crystfel;

namespace {

double wavelengthOf(const Fields& global, const GeometryDefaults& run) {
    const auto positive = [](double value, const Text& text, const char* field) {
        if (!(value > 0))
            fail(text.line, fmt::format("{} is \"{}\" ({}), expected a positive number", field, text.value, value));
        return value;
    };
    if (const Text* text = find(global, "electron_voltage"))
        fail(text->line, "electron_voltage is given: this program is for X-rays, expected photon_energy or wavelength");
    if (const Text* text = find(global, "wavelength")) {
        const Quantity q = quantityOf(*text, "wavelength", run);
        const double scale = q.unit == "A" ? 1 : q.unit == "m" || q.unit.empty() ? 1e10 : 0;
        if (scale == 0)
            fail(text->line, fmt::format("wavelength has the unit {}, expected m or A", q.unit));
        return positive(q.value, *text, "wavelength") * scale;
    }
    const Text* text = find(global, "photon_energy");
    if (!text)
        return run.wavelengthAngstrom;
    // A run that knows its wavelength need not have it at the place that the geometry names.
    const bool place = !asNumber(text->value.substr(0, text->value.find_last_of(" \t"))) && !asNumber(text->value);
    if (place && run.wavelengthAngstrom > 0 &&
        !(run.lookup && run.lookup(text->value.substr(0, text->value.find_first_of(" \t")))))
        return run.wavelengthAngstrom;
    const Quantity q = quantityOf(*text, "photon_energy", run);
    const std::map<std::string, double> units{{"", 1}, {"eV", 1}, {"keV", 1e3}, {"MeV", 1e6}};
    const auto unit = units.find(q.unit);
    if (unit == units.end())
        fail(text->line, fmt::format("photon_energy has the unit {}, expected eV, keV or MeV", q.unit));
    return kEvAngstrom / (positive(q.value, *text, "photon_energy") * unit->second);
}

/// A panel as the file has it: where in the data, in the file's own slabs.
struct FilePanel {
    Panel panel;
    std::string data;
    std::vector<std::size_t> fixed; ///< indices of the dimensions that are fixed
    std::size_t slab = 0, minSlow = 0, minFast = 0, slow = 0, fast = 0;
    double pixelsPerMetre = 0;
    bool unused = false;
    std::size_t edge = 0;
};

FilePanel panelOf(const Named& thing, const Fields& global, const GeometryDefaults& run) {
    FilePanel out;
    out.panel.name = thing.name;
    const auto range = [&](const char* low, const char* high) {
        const std::size_t first = indexOf(thing, low), last = indexOf(thing, high);
        if (last < first)
            fail(required(thing, high).line,
                 fmt::format("{}/{} is {}, expected at least {} ({})", thing.name, high, last, first, low));
        return std::pair{first, last - first + 1};
    };
    std::tie(out.minFast, out.fast) = range("min_fs", "max_fs");
    std::tie(out.minSlow, out.slow) = range("min_ss", "max_ss");
    out.pixelsPerMetre = numberOf(required(thing, "res"), "res");
    if (!(out.pixelsPerMetre > 0))
        fail(required(thing, "res").line, "res is not positive, expected pixels per metre");
    const auto direction = [&](const char* field, Vector3 fallback) {
        const Text* text = find(thing.fields, field);
        Vector3 v = text ? directionOf(*text, thing.name + "/" + field) : fallback;
        for (double& c : v)
            c /= out.pixelsPerMetre;
        return v;
    };
    out.panel.fastStep = direction("fs", {1, 0, 0});
    out.panel.slowStep = direction("ss", {0, 1, 0});
    const Text* clen = find(thing.fields, "clen");
    if (!clen) // said after the panels: it is the whole detector's
        clen = find(global, "clen");
    if (!clen)
        fail(thing.line, fmt::format("{} has no clen", thing.name));
    const Text* offset = find(thing.fields, "coffset");
    if (!offset)
        offset = find(global, "coffset");
    out.panel.corner = {numberOf(required(thing, "corner_x"), "corner_x") / out.pixelsPerMetre,
                        numberOf(required(thing, "corner_y"), "corner_y") / out.pixelsPerMetre,
                        metres(*clen, "clen", run, 1e-3) + (offset ? metres(*offset, "coffset", run, 1) : 0)};
    for (std::size_t axis = 0; axis < 2; ++axis)
        if (const Text* shift = find(global, axis == 0 ? "detector_shift_x" : "detector_shift_y"))
            out.panel.corner[axis] += metres(*shift, "detector_shift", run, 1);
    if (!(out.panel.corner[2] > 0))
        fail(clen->line, fmt::format("{} is at a distance of {:.6g} m (clen + coffset), expected a positive one",
                                     thing.name, out.panel.corner[2]));
    if (const Text* data = find(thing.fields, "data"))
        out.data = data->value;
    for (int i = 0; i < 10; ++i)
        if (const Text* dim = find(thing.fields, fmt::format("dim{}", i))) {
            if (const auto index = asNumber(dim->value); index && *index >= 0 && *index < kLargestPixel)
                out.fixed.push_back(static_cast<std::size_t>(*index));
            else if (dim->value != "%" && dim->value != "ss" && dim->value != "fs")
                fail(dim->line, fmt::format("dim{} is \"{}\", expected %, ss, fs or a number", i, dim->value));
        }
    out.unused = isTrue(find(thing.fields, "no_index"));
    if (const Text* edge = find(thing.fields, "mask_edge_pixels"))
        out.edge = static_cast<std::size_t>(std::clamp(numberOf(*edge, "mask_edge_pixels"), 0.0, kLargestPixel));
    return out;
}

/// Which slab each panel is in: by the fixed index that differs among panels, or by the dataset.
void assignSlabs(std::vector<FilePanel>& panels) {
    const FilePanel& first = panels.front();
    for (FilePanel& panel : panels)
        for (std::size_t i = 0; i < std::min(panel.fixed.size(), first.fixed.size()); ++i)
            if (std::ranges::any_of(
                    panels, [&](const FilePanel& p) { return p.fixed.size() > i && p.fixed[i] != first.fixed[i]; }))
                panel.slab = panel.fixed[i];
    if (std::ranges::all_of(panels, [](const FilePanel& p) { return p.slab == 0; })) {
        std::vector<std::string> datasets;
        for (FilePanel& panel : panels) {
            const auto it = std::ranges::find(datasets, panel.data);
            panel.slab = static_cast<std::size_t>(it - datasets.begin());
            if (it == datasets.end())
                datasets.push_back(panel.data);
        }
    }
}

struct Extents {
    std::size_t slabs = 0, slow = 0, fast = 0;
};

Extents extentsOf(const std::vector<FilePanel>& panels) {
    Extents e;
    for (const FilePanel& p : panels) {
        e.slabs = std::max(e.slabs, p.slab + 1);
        e.slow = std::max(e.slow, p.minSlow + p.slow);
        e.fast = std::max(e.fast, p.minFast + p.fast);
    }
    return e;
}

/// Places the panels in the run's frames, or in frames as large as the file needs.
void placePanels(DetectorGeometry& geometry, const std::vector<FilePanel>& panels, const GeometryDefaults& run,
                 std::vector<std::string>& remarks) {
    const Extents file = extentsOf(panels);
    const Extents frame =
        run.slow == 0 || run.fast == 0 ? file : Extents{run.slabs == 0 ? 1 : run.slabs, run.slow, run.fast};
    geometry.slabs = frame.slabs;
    geometry.slow = frame.slow;
    geometry.fast = frame.fast;
    const std::string shapes = fmt::format(
        "the geometry covers {}{} x {}, frames are {}{} x {}", file.slabs > 1 ? fmt::format("{} x ", file.slabs) : "",
        file.slow, file.fast, frame.slabs > 1 ? fmt::format("{} x ", frame.slabs) : "", frame.slow, frame.fast);
    const bool direct = file.slabs <= frame.slabs && file.slow <= frame.slow;
    const bool stacked = file.slabs == 1 && frame.slabs > 1 && file.slow <= frame.slabs * frame.slow;
    const bool unstacked =
        file.slabs > 1 && frame.slabs == 1 && frame.slow % file.slabs == 0 && frame.slow / file.slabs >= file.slow;
    if (file.fast > frame.fast || !(direct || stacked || unstacked))
        throw Error(ErrorCode::badSettings, shapes + ": it is for another detector");
    std::size_t covered = 0;
    for (const FilePanel& p : panels) {
        PanelArea area{p.slab, p.minSlow, p.minFast, p.slow, p.fast};
        if (!direct && stacked) {
            area.slab = p.minSlow / frame.slow;
            area.firstSlow = p.minSlow % frame.slow;
            if (area.firstSlow + area.slow > frame.slow)
                throw Error(ErrorCode::badSettings,
                            fmt::format("{}; panel {} would lie across two of the run's panels", shapes, p.panel.name));
        } else if (!direct) {
            area.slab = 0;
            area.firstSlow += p.slab * (frame.slow / file.slabs);
        }
        covered += area.slow * area.fast;
        geometry.panels.push_back(p.panel);
        geometry.panels.back().area = area;
    }
    const std::size_t pixels = geometry.pixelCount();
    if (2 * covered < pixels)
        throw Error(
            ErrorCode::badSettings,
            fmt::format("{}: {} of {} pixels belong to a panel; it is for another detector", shapes, covered, pixels));
    if (covered < pixels)
        remarks.push_back(fmt::format("{:.1f} % of the pixels belong to no panel of the geometry and are left out",
                                      100.0 * static_cast<double>(pixels - covered) / static_cast<double>(pixels)));
}

/// A rectangle that is bad: in the data's fs and ss, or in the laboratory's x and y (pixels).
struct BadRegion {
    bool laboratory = false;
    double minFirst = 0, maxFirst = 0, minSecond = 0, maxSecond = 0; ///< fs or x, ss or y
    std::string panel;                                               ///< empty: all
};

BadRegion badRegionOf(const Named& thing, const std::vector<FilePanel>& panels) {
    BadRegion out;
    const bool xy = std::ranges::any_of(std::array{"min_x", "max_x", "min_y", "max_y"},
                                        [&](const char* f) { return find(thing.fields, f) != nullptr; });
    const bool scan = std::ranges::any_of(std::array{"min_fs", "max_fs", "min_ss", "max_ss"},
                                          [&](const char* f) { return find(thing.fields, f) != nullptr; });
    if (xy == scan)
        fail(thing.line,
             fmt::format("{} {}", thing.name,
                         xy ? "has both x/y and fs/ss, expected one of them" : "has neither x/y nor fs/ss"));
    out.laboratory = xy;
    const auto value = [&](const char* field) { return numberOf(required(thing, field), thing.name + "/" + field); };
    out.minFirst = value(xy ? "min_x" : "min_fs");
    out.maxFirst = value(xy ? "max_x" : "max_fs");
    out.minSecond = value(xy ? "min_y" : "min_ss");
    out.maxSecond = value(xy ? "max_y" : "max_ss");
    if (out.minFirst > out.maxFirst || out.minSecond > out.maxSecond)
        fail(thing.line, fmt::format("{} ends before it begins", thing.name));
    if (const Text* panel = find(thing.fields, "panel")) {
        out.panel = panel->value;
        if (std::ranges::none_of(panels, [&](const FilePanel& p) { return p.panel.name == out.panel; }))
            fail(panel->line,
                 fmt::format("{} is of panel {}, which the geometry does not have", thing.name, out.panel));
    }
    return out;
}

bool isBad(const FilePanel& p, std::size_t s, std::size_t f, const std::vector<BadRegion>& regions) {
    if (p.unused || s < p.edge || f < p.edge || s + p.edge >= p.slow || f + p.edge >= p.fast)
        return true;
    for (const BadRegion& r : regions) {
        if (!r.panel.empty() && r.panel != p.panel.name)
            continue;
        double first = static_cast<double>(p.minFast + f), second = static_cast<double>(p.minSlow + s);
        if (r.laboratory) { // of the pixel's centre, in pixel widths
            const double a = static_cast<double>(f) + 0.5, b = static_cast<double>(s) + 0.5;
            const auto at = [&](std::size_t i) {
                return (p.panel.corner[i] + a * p.panel.fastStep[i] + b * p.panel.slowStep[i]) * p.pixelsPerMetre;
            };
            first = at(0);
            second = at(1);
        }
        if (first >= r.minFirst && first <= r.maxFirst && second >= r.minSecond && second <= r.maxSecond)
            return true;
    }
    return false;
}

Array<std::uint8_t, 3> maskOf(const DetectorGeometry& geometry, const std::vector<FilePanel>& panels,
                              const std::vector<BadRegion>& regions) {
    Array<std::uint8_t, 3> mask = coveredPixels(geometry);
    if (mask.empty()) {
        mask = Array<std::uint8_t, 3>::uninitialised(geometry.frameShape());
        std::ranges::fill(mask.span(), std::uint8_t{1});
    }
    for (std::size_t i = 0; i < panels.size(); ++i)
        for (std::size_t s = 0; s < panels[i].slow; ++s)
            for (std::size_t f = 0; f < panels[i].fast; ++f)
                if (isBad(panels[i], s, f, regions))
                    mask.data()[geometry.pixelIndex(*geometry.panels[i].area, s, f)] = 0;
    return std::ranges::find(mask.span(), 0) == mask.span().end() ? Array<std::uint8_t, 3>() : std::move(mask);
}

/// The masks of all panels; those that agree are one.
std::vector<GeometryMask> masksOf(const std::vector<Named>& panels) {
    std::vector<GeometryMask> out;
    for (std::size_t i = 0; i < panels.size(); ++i)
        for (int n = 0; n < 8; ++n) {
            const auto field = [&](const char* part) { return fmt::format("mask{}_{}", n, part); };
            const Text* data = find(panels[i].fields, field("data"));
            if (!data)
                continue;
            const Text* file = find(panels[i].fields, field("file"));
            GeometryMask mask{file ? file->value : "",
                              data->value,
                              bitsOf(panels[i].fields, field("goodbits"), 0),
                              bitsOf(panels[i].fields, field("badbits"), 0),
                              {}};
            const auto same = std::ranges::find_if(out, [&](const GeometryMask& m) {
                return m.file == mask.file && m.dataset == mask.dataset && m.goodBits == mask.goodBits &&
                       m.badBits == mask.badBits;
            });
            if (same == out.end()) {
                mask.panels = {i};
                out.push_back(std::move(mask));
            } else if (same->panels.back() != i) {
                same->panels.push_back(i);
            }
        }
    return out;
}

void readResponse(GeometryFile& out, const Parsed& parsed) {
    const auto number = [&](const char* field) -> std::optional<double> {
        const Text* text = find(parsed.panels.front().fields, field);
        if (!text)
            text = find(parsed.global, field);
        return text ? std::optional(numberOf(*text, field)) : std::nullopt;
    };
    out.unitsPerPhoton = number("adu_per_photon");
    const double wavelength = out.geometry.wavelengthAngstrom;
    if (const auto perEv = number("adu_per_eV"); perEv && !out.unitsPerPhoton && wavelength > 0)
        out.unitsPerPhoton = *perEv * kEvAngstrom / wavelength;
    out.saturation = number("max_adu");
    for (const char* field : {"flag_lessthan", "flag_morethan", "flag_equal", "saturation_map"})
        if (find(parsed.global, field))
            out.remarks.push_back(fmt::format("{} is not applied: thresholds are settings of preprocessing", field));
}

} // namespace

bool isCrystfelGeometry(const std::string& text) {
    // The first is a word that every panel needs; a TOML file has neither slashes in keys nor this.
    return text.find("corner_x") != std::string::npos && text.find("min_fs") != std::string::npos;
}

GeometryFile readCrystfelGeometry(const std::string& text, const GeometryDefaults& run) {
    GeometryFile out;
    out.format = "CrystFEL";
    const Parsed parsed = parseLines(text, out.remarks);
    if (parsed.panels.empty())
        throw Error(ErrorCode::badInput, "it has no panel (lines such as p0/min_fs = 0)");
    std::vector<FilePanel> panels;
    for (const Named& thing : parsed.panels)
        panels.push_back(panelOf(thing, parsed.global, run));
    assignSlabs(panels);
    out.geometry.wavelengthAngstrom = wavelengthOf(parsed.global, run);
    placePanels(out.geometry, panels, run, out.remarks);
    std::vector<BadRegion> regions;
    for (const Named& thing : parsed.bad)
        regions.push_back(badRegionOf(thing, panels));
    out.mask = maskOf(out.geometry, panels, regions);
    out.masks = masksOf(parsed.panels);
    out.dataset = panels.front().data;
    readResponse(out, parsed);
    return out;
}

} // namespace fxs
