#include "engine/density/compare.h"

#include "engine/density/amplitudes.h"
#include "engine/density/fsc.h"
#include "engine/density/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;

/// What an input says of itself; infinite or zero where it says nothing.
struct Extent {
    double qMax = std::numeric_limits<double>::infinity();
    double diameter = 0;
    std::array<double, 3> centre{};
};

/// The map above 5 % of its maximum: what is particle rather than background, for its centre and size.
DensityMap thresholded(const DensityMap& map) {
    DensityMap out{map.values.clone(), map.spacingAngstrom};
    const auto values = out.values.span();
    const float top = values.empty() ? 0.0f : *std::max_element(values.begin(), values.end());
    for (float& v : values)
        v = v > 0.05f * top ? v : 0.0f;
    return out;
}

Extent extentOf(const Comparable& input) {
    Extent extent;
    if (const auto* reconstruction = std::get_if<const Reconstruction*>(&input)) {
        extent.qMax = (*reconstruction)->qMax;
        extent.diameter = (*reconstruction)->diameterAngstrom;
    } else if (const auto* structure = std::get_if<const Structure*>(&input)) {
        extent.diameter = (*structure)->diameterAngstrom;
    } else {
        const DensityMap& map = *std::get<const DensityMap*>(input);
        if (map.values.empty() || !(map.spacingAngstrom > 0))
            throw Error(ErrorCode::badInput, "density map without voxels or spacing");
        const DensityMap particle = thresholded(map);
        extent.qMax = 2 * kPi / (3 * map.spacingAngstrom);
        extent.centre = centreOfMass(particle);
        extent.diameter = 2 * radiusAbove(particle, 0, extent.centre);
    }
    return extent;
}

/// What lies well outside the particle is set to zero: noise and solvent there would count as disagreement.
DensityMap cropped(const DensityMap& map, const std::array<double, 3>& centre, double radius) {
    DensityMap out{map.values.clone(), map.spacingAngstrom};
    const std::size_t n = map.size();
    const double middle = (static_cast<double>(n) - 1) / 2;
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x) {
                const double dx = (static_cast<double>(x) - middle) * map.spacingAngstrom - centre[0];
                const double dy = (static_cast<double>(y) - middle) * map.spacingAngstrom - centre[1];
                const double dz = (static_cast<double>(z) - middle) * map.spacingAngstrom - centre[2];
                if (dx * dx + dy * dy + dz * dz > radius * radius)
                    out.values(z, y, x) = 0;
            }
    return out;
}

SphericalAmplitudes amplitudesOfInput(const Comparable& input, const Extent& extent, const std::vector<double>& q,
                                      double diameter, int maxOrder, const TaskContext& task) {
    if (const auto* structure = std::get_if<const Structure*>(&input))
        return structureAmplitudes(**structure, q, maxOrder, task);
    if (const auto* reconstruction = std::get_if<const Reconstruction*>(&input)) {
        if (!(*reconstruction)->spherical.r.empty())
            return sphericalAmplitudes((*reconstruction)->spherical, q);
        return sphericalAmplitudes((*reconstruction)->map, q, maxOrder, task);
    }
    const DensityMap& map = *std::get<const DensityMap*>(input);
    return sphericalAmplitudes(cropped(map, extent.centre, 0.6 * diameter), q, maxOrder, task, extent.centre);
}

} // namespace

Comparison compare(const Comparable& first, const Comparable& second, const CompareSettings& settings,
                   const TaskContext& task) {
    const Extent a = extentOf(first), b = extentOf(second);
    Comparison out;
    out.qMax = settings.qMax.value_or(std::min(a.qMax, b.qMax));
    out.diameterAngstrom = settings.diameter.value_or(std::max(a.diameter, b.diameter));
    if (!std::isfinite(out.qMax) || !(out.qMax > 0))
        throw Error(ErrorCode::badSettings,
                    "comparison without a band limit: neither input has one, so q-max must be given");
    const auto q = amplitudeShells(out.qMax, out.diameterAngstrom);
    const int maxOrder = amplitudeOrder(out.qMax, out.diameterAngstrom);
    out.first = withContext("first input",
                            [&] { return amplitudesOfInput(first, a, q, out.diameterAngstrom, maxOrder, task); });
    const SphericalAmplitudes moving = withContext(
        "second input", [&] { return amplitudesOfInput(second, b, q, out.diameterAngstrom, maxOrder, task); });
    AlignmentOptions options;
    options.allowMirror = settings.allowMirror;
    out.alignment = align(out.first, moving, task, options);
    out.second = transformed(moving, out.alignment);
    out.fsc = shellCorrelation(out.first, out.second);
    return out;
}

ShellCorrelation referenceCorrelation(const SphericalDensity& density, double qMax, double diameter,
                                      const Structure& structure, const TaskContext& task) {
    const auto q = amplitudeShells(qMax, diameter);
    const auto reference = structureAmplitudes(structure, q, amplitudeOrder(qMax, diameter), task);
    const auto amplitudes = sphericalAmplitudes(density, q);
    return shellCorrelation(reference, transformed(amplitudes, align(reference, amplitudes, task)));
}

} // namespace fxs
