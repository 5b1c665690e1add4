#include "engine/io/nexus_transform.h"

#include "engine/io/header_numbers.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr int kLongestChain = 32;

/// One axis of NXtransformations: a translation by value along vector, or a rotation by value about it; offset is the
/// shift of its origin.
struct Axis {
    bool rotation = false;
    double value = 0; ///< m or radians
    Vector3 vector{}, offset{};
    std::string next; ///< path of what it depends on; empty: the laboratory
};

Vector3 scaled(const Vector3& v, double factor) {
    return {v[0] * factor, v[1] * factor, v[2] * factor};
}

Vector3 added(const Vector3& a, const Vector3& b) {
    return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}

/// v turned by an angle about a unit vector (Rodrigues).
Vector3 turned(const Vector3& v, const Vector3& about, double angle) {
    const double length = std::hypot(about[0], about[1], about[2]);
    if (!(length > 0) || angle == 0)
        return v;
    const Vector3 k = scaled(about, 1 / length);
    const Vector3 cross{k[1] * v[2] - k[2] * v[1], k[2] * v[0] - k[0] * v[2], k[0] * v[1] - k[1] * v[0]};
    const double dot = k[0] * v[0] + k[1] * v[1] + k[2] * v[2];
    return added(added(scaled(v, std::cos(angle)), scaled(cross, std::sin(angle))),
                 scaled(k, dot * (1 - std::cos(angle))));
}

double unitOf(const h5::Dataset& dataset, const char* attribute, bool rotation) {
    const std::string unit = dataset.textAttribute(attribute).value_or(rotation ? "deg" : "m");
    if (rotation) {
        if (unit.starts_with("deg"))
            return std::numbers::pi / 180;
        if (unit.starts_with("rad"))
            return 1;
    } else if (const auto metres = metresPer(unit)) {
        return *metres;
    }
    throw Error(ErrorCode::badInput, fmt::format("attribute {} of {} is \"{}\", expected a unit of {}", attribute,
                                                 dataset.name(), unit, rotation ? "angle" : "length"));
}

Vector3 vectorAttribute(const h5::Dataset& dataset, const char* name) {
    const auto values = dataset.numbersAttribute(name);
    if (values.empty())
        return {};
    if (values.size() != 3)
        throw Error(ErrorCode::badInput,
                    fmt::format("attribute {} of {} has {} numbers, expected 3", name, dataset.name(), values.size()));
    return {values[0], values[1], values[2]};
}

/// depends_on is absolute, or relative to the group of what depends.
std::string resolve(const std::string& from, const std::string& target) {
    if (target.empty() || target == ".")
        return {};
    return target.starts_with('/') ? target : from.substr(0, from.rfind('/') + 1) + target;
}

Axis readAxis(const h5::File& file, const std::string& path) {
    const h5::Dataset dataset = file.dataset(path);
    if (!dataset.isNumeric() || dataset.size() == 0)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is no axis: it has no number", dataset.name()));
    Axis axis;
    axis.rotation = dataset.textAttribute("transformation_type").value_or("translation") == "rotation";
    double value = 0;
    dataset.readBlock(h5::Extent(dataset.shape().size(), 0), h5::Extent(dataset.shape().size(), 1), &value);
    axis.value = value * unitOf(dataset, "units", axis.rotation);
    axis.vector = vectorAttribute(dataset, "vector");
    axis.offset = vectorAttribute(dataset, "offset");
    if (axis.offset != Vector3{})
        axis.offset = scaled(axis.offset, dataset.hasAttribute("offset_units") ? unitOf(dataset, "offset_units", false)
                                          : axis.rotation                      ? 1.0
                                                                               : unitOf(dataset, "units", false));
    axis.next = resolve(path, dataset.textAttribute("depends_on").value_or("."));
    return axis;
}

} // namespace

std::optional<Panel> modulePlace(const h5::File& file, const std::string& module) {
    const std::string fastPath = module + "/fast_pixel_direction", slowPath = module + "/slow_pixel_direction";
    if (!file.hasDataset(fastPath) || !file.hasDataset(slowPath))
        return std::nullopt;
    const Axis fast = readAxis(file, fastPath), slow = readAxis(file, slowPath);
    Panel panel{{}, scaled(fast.vector, fast.value), scaled(slow.vector, slow.value)};
    std::string path = file.hasDataset(module + "/module_offset") ? module + "/module_offset" : fast.next;
    panel.corner = file.hasDataset(module + "/module_offset") ? Vector3{} : fast.offset;
    for (int i = 0; !path.empty(); ++i) {
        if (i == kLongestChain)
            throw Error(ErrorCode::badInput,
                        fmt::format("the transformations of {} of {} have no end", module, file.filePath()));
        const Axis axis = readAxis(file, path);
        if (axis.rotation) {
            for (Vector3* v : {&panel.corner, &panel.fastStep, &panel.slowStep})
                *v = turned(*v, axis.vector, axis.value);
        } else {
            panel.corner = added(panel.corner, scaled(axis.vector, axis.value));
        }
        panel.corner = added(panel.corner, axis.offset);
        path = axis.next;
    }
    return panel;
}

} // namespace fxs
