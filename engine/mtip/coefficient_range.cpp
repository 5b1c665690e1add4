#include "engine/mtip/coefficient_range.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

void checkShapes(const Coefficients& c) {
    const std::size_t orders = static_cast<std::size_t>(std::max(c.maxOrder, 0)) + 1, shells = c.q.size();
    if (shells == 0)
        throw Error(ErrorCode::badInput, "coefficients without shells");
    if (c.bl.shape() != std::array{orders, shells, shells})
        throw Error(ErrorCode::badInput,
                    fmt::format("coefficients: B_l is {} x {} x {}, expected {} x {} x {}", c.bl.extent(0),
                                c.bl.extent(1), c.bl.extent(2), orders, shells, shells));
    if (c.vl.extent(0) != orders || c.vl.extent(1) != shells || c.i00.size() != shells)
        throw Error(ErrorCode::badInput, "coefficients: V_l or I_00 are not on the shells and orders of B_l");
    const auto isFinite = [](double v) { return std::isfinite(v); };
    const auto areFinite = [&](auto&& values) { return std::all_of(values.begin(), values.end(), isFinite); };
    if (!areFinite(c.bl.span()) || !areFinite(c.vl.span()) || !areFinite(c.i00))
        throw Error(ErrorCode::badInput, "coefficients hold values that are not finite");
}

} // namespace

Coefficients coefficientsUpTo(const Coefficients& c, std::optional<double> qMax, std::optional<double> diameter) {
    checkShapes(c);
    const double halfStep = c.q.size() > 1 ? (c.q[1] - c.q[0]) / 2 : c.q[0];
    const auto kept = static_cast<std::size_t>(
        std::count_if(c.q.begin(), c.q.end(), [&](double q) { return !qMax || q + halfStep <= *qMax * (1 + 1e-9); }));
    if (kept == 0)
        throw Error(ErrorCode::badSettings,
                    fmt::format("q-max is {} 1/Å, but the coefficients begin at {} 1/Å", *qMax, c.q.front()));
    Coefficients out;
    out.q.assign(c.q.begin(), c.q.begin() + static_cast<std::ptrdiff_t>(kept));
    out.maxOrder = c.maxOrder;
    const std::size_t orders = c.bl.extent(0), columns = c.vl.extent(2);
    out.bl = Array<double, 3>({orders, kept, kept});
    out.vl = Array<double, 3>({orders, kept, columns});
    for (std::size_t l = 0; l < orders; ++l)
        for (std::size_t i = 0; i < kept; ++i) {
            std::copy_n(&c.bl(l, i, 0), kept, &out.bl(l, i, 0));
            if (columns > 0)
                std::copy_n(&c.vl(l, i, 0), columns, &out.vl(l, i, 0));
        }
    out.rank = c.rank;
    out.i00.assign(c.i00.begin(), c.i00.begin() + static_cast<std::ptrdiff_t>(kept));
    out.diameterAngstrom = diameter.value_or(c.diameterAngstrom);
    out.experiment = c.experiment;
    return out;
}

double outerEdge(const std::vector<double>& q) {
    return q.back() + (q.size() > 1 ? (q[1] - q[0]) / 2 : q.back());
}

double densityBound(const Coefficients& c, double weight) {
    const auto intensity = [&](std::size_t i) { return c.i00[i] / std::sqrt(4 * std::numbers::pi); };
    double forward = intensity(0);
    if (c.q.size() > 1 && intensity(0) > 0 && intensity(1) > 0) {
        const double slope = std::log(intensity(0) / intensity(1)) / (c.q[1] * c.q[1] - c.q[0] * c.q[0]);
        forward *= std::exp(std::max(0.0, slope) * c.q[0] * c.q[0]);
    }
    constexpr double kVolumePerDalton = 1.21; // Å³, of protein
    return std::sqrt(std::max(forward, 0.0)) / (kVolumePerDalton * weight);
}

} // namespace fxs
