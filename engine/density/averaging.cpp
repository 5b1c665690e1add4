#include "engine/density/averaging.h"

#include "engine/math/legendre.h"

#include <algorithm>

namespace fxs {

namespace {

/// Factor that brings b to the scale of a: <a, b> / <b, b> over all shells, weight q².
double relativeScale(const SphericalAmplitudes& a, const SphericalAmplitudes& b) {
    double cross = 0, norm = 0;
    for (std::size_t i = 0; i < a.q.size(); ++i)
        for (int l = 0; l <= a.maxOrder; ++l)
            for (int m = 0; m <= l; ++m)
                for (std::size_t part = 0; part < 2; ++part) {
                    const double weight = (m == 0 ? 1 : 2) * a.q[i] * a.q[i];
                    const double y = b.lm(i, lmIndex(l, m), part);
                    cross += weight * a.lm(i, lmIndex(l, m), part) * y;
                    norm += weight * y * y;
                }
    return norm > 0 && cross > 0 ? cross / norm : 1.0;
}

} // namespace

std::size_t selectedCount(std::size_t n) {
    return std::max<std::size_t>(1, (2 * n + 1) / 3);
}

Average averageAligned(const std::vector<const SphericalDensity*>& densities, const std::vector<std::size_t>& order,
                       const std::vector<double>& q, const TaskContext& task, std::size_t count) {
    if (densities.empty() || order.empty())
        throw Error(ErrorCode::badInput, "average of no densities");
    const SphericalDensity& first = *densities[order.front()];
    count = std::min(count > 0 ? count : selectedCount(order.size()), order.size());
    Average out;
    out.density = {first.maxOrder, first.r, first.lm.clone()};
    out.aligned.push_back(sphericalAmplitudes(first, q));
    out.selected.push_back(order.front());
    out.alignments.emplace_back();
    for (std::size_t k = 1; k < count; ++k) {
        const SphericalDensity& next = *densities[order[k]];
        if (next.maxOrder != first.maxOrder || next.r != first.r)
            throw Error(ErrorCode::badInput, "average of densities on different radii or orders");
        const Alignment alignment = align(out.aligned.front(), sphericalAmplitudes(next, q), task);
        const SphericalDensity moved = transformed(next, alignment);
        SphericalAmplitudes amplitudes = sphericalAmplitudes(moved, q);
        const double scale = relativeScale(out.aligned.front(), amplitudes);
        for (std::size_t i = 0; i < moved.lm.size(); ++i)
            out.density.lm.data()[i] += scale * moved.lm.data()[i];
        out.aligned.push_back(std::move(amplitudes));
        out.selected.push_back(order[k]);
        out.alignments.push_back(alignment);
    }
    for (double& value : out.density.lm.span())
        value /= static_cast<double>(count);
    return out;
}

} // namespace fxs
