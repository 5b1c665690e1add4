#include "engine/math/spherical_bessel.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace fxs {

void sphericalBessel(int lMax, double x, std::span<double> out) {
    // Below this x²/6 is lost in rounding and sin(x)/x would divide zero by zero.
    const double j0 = x < 1e-8 ? 1.0 : std::sin(x) / x;
    out[0] = j0;
    const int upwardEnd = x >= lMax ? lMax : static_cast<int>(x);
    if (upwardEnd >= 1)
        out[1] = (j0 - std::cos(x)) / x;
    for (int l = 2; l <= upwardEnd; ++l)
        out[static_cast<std::size_t>(l)] =
            (2 * l - 1) / x * out[static_cast<std::size_t>(l - 1)] - out[static_cast<std::size_t>(l - 2)];
    if (upwardEnd == lMax)
        return;
    // The ratio's error shrinks by its square each step down; at l = x + k the ratio is exp(-sqrt(2k/x)), so that 7.6
    // x^{1/3} steps give 1e-17 even from l = x.
    const int start = lMax + 20 + static_cast<int>(10.0 * std::cbrt(x));
    double ratio = 0.0;
    for (int l = start; l > upwardEnd; --l) {
        ratio = x / ((2 * l + 1) - x * ratio);
        if (l <= lMax)
            out[static_cast<std::size_t>(l)] = ratio;
    }
    for (int l = upwardEnd + 1; l <= lMax; ++l)
        out[static_cast<std::size_t>(l)] *= out[static_cast<std::size_t>(l - 1)];
}

namespace {

struct ValueAndSlope {
    double value, slope;
};

ValueAndSlope besselAndSlope(int l, double x, std::vector<double>& room) {
    room.resize(static_cast<std::size_t>(l) + 2);
    sphericalBessel(l + 1, x, room);
    const double value = room[static_cast<std::size_t>(l)];
    if (x == 0.0)
        return {value, l == 1 ? 1.0 / 3.0 : 0.0};
    return {value, l / x * value - room[static_cast<std::size_t>(l) + 1]};
}

} // namespace

double sphericalBesselDerivative(int l, double x) {
    std::vector<double> room;
    return besselAndSlope(l, x, room).slope;
}

std::vector<double> sphericalBesselZeros(int l, int count) {
    std::vector<double> zeros;
    if (count <= 0)
        return zeros;
    zeros.reserve(static_cast<std::size_t>(count));
    if (l == 0) {
        for (int n = 1; n <= count; ++n)
            zeros.push_back(n * std::numbers::pi);
        return zeros;
    }
    constexpr double kStep = 3.0; // below π: at most one zero a step
    std::vector<double> room;
    double low = std::sqrt(l * (l + 1.0));
    double valueLow = besselAndSlope(l, low, room).value;
    while (static_cast<int>(zeros.size()) < count) {
        const double high = low + kStep;
        const double valueHigh = besselAndSlope(l, high, room).value;
        if ((valueLow > 0) != (valueHigh > 0)) {
            double a = low, b = high;
            double x = a + (b - a) * valueLow / (valueLow - valueHigh);
            for (int step = 0; step < 100; ++step) {
                const auto f = besselAndSlope(l, x, room);
                ((f.value > 0) == (valueLow > 0) ? a : b) = x;
                double next = x - f.value / f.slope;
                if (!(next > a && next < b))
                    next = 0.5 * (a + b);
                const double change = std::abs(next - x);
                x = next;
                if (change <= 2e-16 * x)
                    break;
            }
            zeros.push_back(x);
        }
        low = high;
        valueLow = valueHigh;
    }
    return zeros;
}

} // namespace fxs
