#include "engine/detector/quadrant_profiles.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

double largestQ(const DetectorGeometry& geometry) {
    double largest = 0;
    for (std::size_t p = 0; p < geometry.panels.size(); ++p) {
        const PanelArea area = geometry.area(p);
        for (const double slow : {0.0, static_cast<double>(area.slow)})
            for (const double fast : {0.0, static_cast<double>(area.fast)})
                largest = std::max(largest, geometry.view(p, slow, fast).q);
    }
    return largest;
}

QuadrantProfiles quadrantProfiles(const DetectorGeometry& geometry, View<const float, 3> frame,
                                  View<const std::uint8_t, 3> mask, const QuadrantOptions& options,
                                  const TaskContext& task) {
    if (frame.shape() != geometry.frameShape() || (!mask.empty() && mask.shape() != geometry.frameShape()))
        throw Error(ErrorCode::badInput,
                    fmt::format("a frame of {} x {} x {} pixels, the geometry has {} x {} x {}", frame.extent(0),
                                frame.extent(1), frame.extent(2), geometry.slabCount(), geometry.slow, geometry.fast));
    throwIfFatal(geometry.check());
    QuadrantProfiles out;
    const std::size_t bins = std::max<std::size_t>(options.bins, 1);
    const double width = largestQ(geometry) / static_cast<double>(bins);
    for (std::size_t b = 0; b < bins; ++b)
        out.q.push_back((static_cast<double>(b) + 0.5) * width);
    for (std::size_t k = 0; k < 4; ++k) {
        out.intensity[k].assign(bins, 0);
        out.count[k].assign(bins, 0);
    }
    const auto ratio =
        static_cast<double>(geometry.pixelCount()) / static_cast<double>(std::max<std::size_t>(options.mostPixels, 1));
    const auto step = static_cast<std::size_t>(std::max(1.0, std::ceil(std::sqrt(ratio))));
    for (std::size_t p = 0; p < geometry.panels.size(); ++p) {
        task.checkpoint();
        const PanelArea area = geometry.area(p);
        for (std::size_t slow = 0; slow < area.slow; slow += step)
            for (std::size_t fast = 0; fast < area.fast; fast += step) {
                const std::size_t index = geometry.pixelIndex(area, slow, fast);
                const auto value = static_cast<double>(frame.data()[index]);
                if (!std::isfinite(value) || (!mask.empty() && mask.data()[index] == 0))
                    continue;
                const double s = static_cast<double>(slow) + 0.5, f = static_cast<double>(fast) + 0.5;
                const PixelView view = geometry.view(p, s, f);
                const double factor =
                    view.solidAngle * polarisationFactor(geometry.place(p, s, f), {options.polarisation, 0});
                const auto b = std::min(bins - 1, static_cast<std::size_t>(view.q / width));
                const auto k = static_cast<std::size_t>(std::floor(view.phi / (std::numbers::pi / 2) + 0.5)) % 4;
                out.intensity[k][b] += value / std::max(factor, 1e-6);
                out.count[k][b] += 1;
            }
    }
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t b = 0; b < bins; ++b)
            if (out.count[k][b] > 0)
                out.intensity[k][b] /= out.count[k][b];
    return out;
}

std::optional<double> quadrantSpread(const QuadrantProfiles& profiles) {
    double squares = 0, weights = 0;
    for (std::size_t b = 0; b < profiles.q.size(); ++b) {
        double mean = 0;
        bool all = true;
        for (std::size_t k = 0; k < 4; ++k) {
            mean += profiles.intensity[k][b] / 4;
            all = all && profiles.count[k][b] > 0;
        }
        if (!all || !(mean > 0))
            continue;
        for (std::size_t k = 0; k < 4; ++k)
            squares += std::pow(profiles.intensity[k][b] - mean, 2) / mean / 4;
        weights += mean;
    }
    return weights > 0 ? std::optional(std::sqrt(squares / weights)) : std::nullopt;
}

} // namespace fxs
