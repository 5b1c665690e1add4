#include "engine/io/xframe_correlation.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr const char* kCorrelation = "cross_correlation/I1I1";

/// Fourier coefficients of a real line over equidistant Δφ, real part only: what randomly oriented particles can have.
class CosineTransform {
public:
    CosineTransform(std::size_t azimuths, std::size_t harmonics) : m_cosine({harmonics, azimuths}) {
        for (std::size_t m = 0; m < harmonics; ++m)
            for (std::size_t k = 0; k < azimuths; ++k) // the angle reduced first: exact for any m k
                m_cosine(m, k) = std::cos(2 * std::numbers::pi * static_cast<double>(m * k % azimuths) /
                                          static_cast<double>(azimuths)) /
                                 static_cast<double>(azimuths);
    }
    double coefficient(std::size_t m, const double* line) const {
        double sum = 0;
        for (std::size_t k = 0; k < m_cosine.extent(1); ++k)
            sum += m_cosine(m, k) * line[k];
        return sum;
    }

private:
    Array<double, 2> m_cosine;
};

void checkAzimuths(const h5::File& file, std::size_t count) {
    if (!file.hasDataset("angular_points"))
        return;
    const auto points = file.dataset("angular_points").readVector<double>();
    if (points.size() != count)
        throw Error(ErrorCode::badInput, fmt::format("angular_points of {} has {} values, expected {} (axis 2 of {})",
                                                     file.filePath(), points.size(), count, kCorrelation));
    const double step = 2 * std::numbers::pi / static_cast<double>(count);
    for (std::size_t k = 0; k < count; ++k)
        if (!(std::abs(points[k] - points[0] - step * static_cast<double>(k)) < 0.01 * step) ||
            std::abs(points[0]) > 0.01 * step)
            throw Error(ErrorCode::badInput,
                        fmt::format("angular_points of {}: value {} is {}, expected {} (equidistant from 0 over "
                                    "the full circle)",
                                    file.filePath(), k, points[k], step * static_cast<double>(k)));
}

} // namespace

bool isXframeCorrelation(const h5::File& file) {
    return file.hasDataset(kCorrelation);
}

CorrelationSums readXframeCorrelation(const std::string& path) {
    const h5::File file = h5::File::open(path);
    return withContext("reading " + path, [&] {
        const h5::Dataset dataset = file.dataset(kCorrelation);
        dataset.requireRank(3);
        CorrelationSums sums;
        sums.grid.q = file.dataset("radial_points").readVector<double>();
        const std::size_t nq = sums.grid.q.size();
        sums.grid.phiCount = static_cast<std::size_t>(dataset.shape()[2]);
        dataset.requireShape({nq, nq, sums.grid.phiCount}, "q x q' x delta phi");
        // A first ring at q = 0 has no azimuth and cannot be used.
        const std::size_t skip = nq > 0 && sums.grid.q[0] == 0 ? 1 : 0;
        sums.grid.q.erase(sums.grid.q.begin(), sums.grid.q.begin() + static_cast<std::ptrdiff_t>(skip));
        for (const Problem& problem : sums.grid.check())
            throw Error(ErrorCode::badInput, problem.message);
        checkAzimuths(file, sums.grid.phiCount);
        if (const auto wavelength = file.findScalar<double>("xray_wavelength")) {
            if (!(*wavelength >= 0))
                throw Error(ErrorCode::badInput,
                            fmt::format("xray_wavelength is {}, expected 0 or a positive number", *wavelength));
            sums.experiment.wavelengthAngstrom = *wavelength;
            sums.experiment.wavelengthKnown = true;
        }

        const std::size_t n = sums.grid.qCount();
        sums.parity = Parity::even;
        sums.harmonics = sums.grid.phiCount / 2 + 1;
        sums.frames = {1, 0};
        sums.sumC = Array<double, 4>({2, sums.harmonics, pairCount(n), 1});
        sums.sumIntensity = Array<double, 2>({2, n});
        sums.sumIntensitySquared = Array<double, 2>({2, n});
        const CosineTransform transform(sums.grid.phiCount, sums.harmonics);
        const auto values = dataset.readComplex(); // real in xFrame's own files; complex ones have been seen
        std::vector<double> line(sums.grid.phiCount);
        std::size_t broken = 0;
        for (std::size_t q = 0; q < n; ++q)
            for (std::size_t qPrime = q; qPrime < n; ++qPrime) {
                const std::size_t a = ((q + skip) * nq + qPrime + skip) * line.size();
                const std::size_t b = ((qPrime + skip) * nq + q + skip) * line.size();
                for (std::size_t k = 0; k < line.size(); ++k) {
                    const double value = (values[2 * (a + k)] + values[2 * (b + k)]) / 2;
                    broken += !std::isfinite(value);
                    line[k] = std::isfinite(value) ? value : 0;
                }
                for (std::size_t m = 0; m < sums.harmonics; ++m)
                    sums.sumC(0, m, pairIndex(q, qPrime, n), 0) = transform.coefficient(m, line.data());
            }
        if (broken > 0)
            throw Error(ErrorCode::badInput,
                        fmt::format("{} has {} values that are not finite; masked pairs of another program's "
                                    "correlation cannot be told from data",
                                    dataset.name(), broken));
        const auto mean = file.findVector<double>("average_intensity");
        if (!mean.empty() && mean.size() != nq)
            throw Error(ErrorCode::badInput,
                        fmt::format("average_intensity has {} values, expected {} (q)", mean.size(), nq));
        for (std::size_t q = 0; q < n; ++q) {
            // Without a mean image, one particle a shot gives C_0(q,q) = <I>^2 (mean over orientations of the ring mean
            // squared).
            const double c0 = sums.sumC(0, 0, pairIndex(q, q, n), 0);
            const double value = mean.empty() ? std::sqrt(std::max(0.0, c0)) : mean[q + skip];
            sums.sumIntensity(0, q) = value;
            sums.sumIntensitySquared(0, q) = value * value;
        }
        return sums;
    });
}

} // namespace fxs
