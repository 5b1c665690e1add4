#include "engine/simulate/scatterers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace fxs {

double Scatterers::radius() const {
    double largest = 0;
    for (const auto& point : points)
        largest = std::max(largest, std::hypot(point.position[0], point.position[1], point.position[2]));
    return largest;
}

Scatterers scatterersOf(const Structure& structure, double solventDensity) {
    Scatterers out;
    std::map<int, std::size_t> kindOf;
    out.points.reserve(structure.atoms.size());
    for (const auto& atom : structure.atoms) {
        const auto [place, isNew] = kindOf.try_emplace(atom.atomicNumber, out.kinds.size());
        if (isNew) {
            const int number = atom.atomicNumber;
            Scatterers::Kind kind;
            (void)formFactor(number, {}); // an element without a table is an error here, not in the middle of the work
            kind.formFactor = [number](std::span<const double> q) { return formFactor(number, q); };
            if (solventDensity != 0)
                kind.displaced = [volume = excludedVolume(number), solventDensity](std::span<const double> q) {
                    std::vector<double> d;
                    d.reserve(q.size());
                    const double width = std::cbrt(volume * volume) / (4 * std::numbers::pi);
                    for (double value : q)
                        d.push_back(solventDensity * volume * std::exp(-width * value * value));
                    return d;
                };
            out.kinds.push_back(std::move(kind));
        }
        out.points.push_back({atom.position, atom.occupancy, atom.bFactor, place->second});
    }
    return out;
}

Array<double, 3> tabulate(const Scatterers& scatterers, std::span<const double> q) {
    Array<double, 3> table({scatterers.kinds.size(), 2, q.size()});
    for (std::size_t k = 0; k < scatterers.kinds.size(); ++k) {
        const auto& kind = scatterers.kinds[k];
        const auto f = kind.formFactor(q);
        std::copy(f.begin(), f.end(), table[k][0].data());
        if (kind.displaced) {
            const auto d = kind.displaced(q);
            std::copy(d.begin(), d.end(), table[k][1].data());
        }
    }
    return table;
}

} // namespace fxs
